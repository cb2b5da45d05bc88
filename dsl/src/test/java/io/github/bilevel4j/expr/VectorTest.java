package io.github.bilevel4j.expr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.shape.Shape;
import org.junit.jupiter.api.Test;

class VectorTest {
  private final Vector vector =
      Vector.of(
          ImmutableMap.of(
              "weight", Expr.input("weight", 2, 3),
              "bias", Expr.input("bias"),
              "scale", Expr.input("scale", 4)));

  @Test
  void flattenedFormHasOneElementForEachNumber() {
    assertThat(vector.flattened().shape()).isEqualTo(Shape.of(11));
    assertThat(vector.flattened().inputs())
        .containsExactly(
            vector.get("weight").reshape(6), vector.get("bias").reshape(1), vector.get("scale"));
  }

  @Test
  void unflattenedFormHasTheNamesAndShapes() {
    Vector other = vector.unflattened(Expr.input("flat", 11));
    assertThat(other.components().keySet()).containsExactly("weight", "bias", "scale");
    other.zip(
        vector,
        (mine, theirs) -> {
          assertThat(mine.shape()).isEqualTo(theirs.shape());
          return mine;
        });
  }

  @Test
  void aVectorOfNothingIsFlattenedToNothing() {
    Vector nothing = Vector.of(ImmutableMap.of());
    assertThat(nothing.flattened().shape()).isEqualTo(Shape.of(0));
    assertThat(nothing.unflattened(nothing.flattened())).isEqualTo(nothing);
  }

  @Test
  void unflattenedFormOfAnotherSize() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> vector.unflattened(Expr.input("flat", 2, 6)))
        .withMessage(
            """
            unflatten: the vector has dimension 11.
              vector  [weight, bias, scale]  [11]
              given   flat                   [2, 6]
            Maybe it was flattened from other variables, or a reshape(-1) is missing.""");
  }
}
