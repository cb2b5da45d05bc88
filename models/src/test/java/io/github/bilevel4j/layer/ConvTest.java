package io.github.bilevel4j.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ConvTest {
  @Test
  void sumsTheWindowUnderTheFilterAndAddsTheBias() {
    Layer conv = Conv.between(1, 2).kernel(3).stride(2).padding(1).init(Scope.seed(1));
    Vector values =
        Vector.of(
            ImmutableMap.of(
                "weight", Expr.filled(1, Shape.of(3, 3, 1, 2)).times(Expr.range(2).plus(1)),
                "bias", Expr.constant(Array.vector(0.5, 0))));
    Expr image = Expr.range(16).reshape(1, 4, 4, 1);

    assertThat(Computed.of(conv.apply(values, image, Pass.evaluation())))
        .isEqualTo(Array.of(Shape.of(1, 2, 2, 2), 10.5, 20, 24.5, 48, 51.5, 102, 90.5, 180));
  }

  @Test
  void startsWithTheVarianceThatPreservesGradients() {
    Layer conv = Conv.between(16, 64).kernel(3).init(Scope.seed(5));
    double[] start =
        ((Leaf.Variable) conv.parameters().get("weight").op())
            .initializer()
            .values(Shape.of(3, 3, 16, 64))
            .toDoubles();

    double meanSquare = Arrays.stream(start).map(w -> w * w).average().orElseThrow();
    assertThat(meanSquare).isCloseTo(2.0 / (9 * 64), within(1e-4));
  }

  @Test
  void mayHaveNoBias() {
    assertThat(Conv.between(3, 8).bias(false).init(Scope.seed(1)).parameters().names())
        .containsExactly("weight");
  }
}
