package io.github.bilevel4j.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DenseTest {
  private static final Vector VALUES =
      Vector.of(
          ImmutableMap.of(
              "fc/weight",
              Expr.constant(Array.matrix(new double[] {1, 2, 3}, new double[] {4, 5, 6})),
              "fc/bias",
              Expr.constant(Array.vector(10, 20, 30))));

  private final Layer dense = Dense.between(2, 3).init(Scope.seed(1).child("fc"));

  @Test
  void isAffineInItsInput() {
    Expr x = Expr.constant(Array.matrix(new double[] {1, 0}, new double[] {1, -1}));

    assertThat(Computed.of(dense.apply(VALUES, x, Pass.evaluation())))
        .isEqualTo(Array.matrix(new double[] {11, 22, 33}, new double[] {7, 17, 27}));
  }

  @Test
  void actsOnTheLastAxis() {
    Expr x = Expr.constant(Array.of(Shape.of(1, 2, 2), 1, 0, 1, -1));

    assertThat(Computed.of(dense.apply(VALUES, x, Pass.evaluation())))
        .isEqualTo(Array.of(Shape.of(1, 2, 3), 11, 22, 33, 7, 17, 27));
  }

  @Test
  void startsUniformWithinTheInverseRootOfItsInputs() {
    Layer wide = Dense.between(100, 50).init(Scope.seed(3));
    double[] start =
        ((Leaf.Variable) wide.parameters().get("weight").op())
            .initializer()
            .values(Shape.of(100, 50))
            .toDoubles();

    assertThat(Arrays.stream(start).map(Math::abs).max().orElseThrow()).isBetween(0.0999, 0.1);
    assertThat(Arrays.stream(start).average().orElseThrow()).isBetween(-0.003, 0.003);
  }

  @Test
  void mayHaveNoBias() {
    assertThat(Dense.between(2, 3).bias(false).init(Scope.seed(1)).parameters().names())
        .containsExactly("weight");
  }

  @Test
  void refusesAnotherNumberOfInputs() {
    assertThatThrownBy(() -> dense.apply(Expr.input("features", 8, 4, 4), Pass.evaluation()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            dense: the input should be [n, ..., 2].
              input   features   [8, 4, 4]
              weight  fc/weight  [2, 3]
            Maybe a Flatten or GlobalAveragePool is missing before it.""");
  }
}
