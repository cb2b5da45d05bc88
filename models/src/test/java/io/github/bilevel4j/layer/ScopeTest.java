package io.github.bilevel4j.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import org.junit.jupiter.api.Test;

class ScopeTest {
  @Test
  void namesArePaths() {
    Scope scope = Scope.seed(1).child("encoder").child("layer1").child("0");

    assertThat(scope.name("weight")).isEqualTo("encoder/layer1/0/weight");
    assertThat(Scope.seed(1).name("weight")).isEqualTo("weight");
  }

  @Test
  void firstValuesAreFixedBySeedAndPath() {
    Array start = start(Scope.seed(7).child("a"), "weight");

    assertThat(start(Scope.seed(7).child("a"), "weight")).isEqualTo(start);
    assertThat(start(Scope.seed(8).child("a"), "weight")).isNotEqualTo(start);
    assertThat(start(Scope.seed(7).child("b"), "weight")).isNotEqualTo(start);
    assertThat(start(Scope.seed(7).child("a"), "bias")).isNotEqualTo(start);
  }

  @Test
  void refusesBlankNames() {
    assertThatThrownBy(() -> Scope.seed(1).child("encoder").child(" "))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            scope: a name is blank.
              path  encoder
            Maybe a layer was given no name.""");
  }

  private static Array start(Scope scope, String name) {
    Expr variable = scope.drawn(name, Shape.of(4), seed -> Initializer.normal(1, seed));
    return ((Leaf.Variable) variable.op()).initializer().values(Shape.of(4));
  }
}
