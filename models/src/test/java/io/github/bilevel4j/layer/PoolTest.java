package io.github.bilevel4j.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import org.junit.jupiter.api.Test;

class PoolTest {
  @Test
  void theBorderIsNeverTheLargest() {
    Expr image = Expr.range(16).minus(100).reshape(1, 4, 4, 1);

    assertThat(Computed.of(MaxPool.size(3).stride(2).padding(1).apply(image)))
        .isEqualTo(Array.of(Shape.of(1, 2, 2, 1), -95, -93, -87, -85));
  }

  @Test
  void theGradientGoesToTheLargest() {
    Expr image = Expr.range(4).minus(100).reshape(1, 2, 2, 1);
    Expr largest = MaxPool.size(3).stride(2).padding(1).apply(image).sum();

    assertThat(Computed.of(largest.gradient(image)))
        .isEqualTo(Array.of(Shape.of(1, 2, 2, 1), 0, 0, 0, 1));
  }

  @Test
  void meansOfWindowsAndOfAll() {
    Expr image = Expr.range(16).reshape(1, 4, 4, 1);

    assertThat(Computed.of(AveragePool.size(2).apply(image)))
        .isEqualTo(Array.of(Shape.of(1, 2, 2, 1), 2.5, 4.5, 10.5, 12.5));
    assertThat(AveragePool.size(2).stride(1).apply(image).shape()).isEqualTo(Shape.of(1, 3, 3, 1));
    assertThat(Computed.of(new GlobalAveragePool().apply(image)))
        .isEqualTo(Array.of(Shape.of(1, 1), 7.5));
  }

  @Test
  void flattensAllButTheFirstAxis() {
    assertThat(new Flatten().apply(Expr.input("x", 2, 3, 4, 5)).shape()).isEqualTo(Shape.of(2, 60));
  }

  @Test
  void refusesMorePaddingThanHalfTheWindow() {
    assertThatThrownBy(() -> MaxPool.size(3).padding(2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            max pool: the padding 2 is not in 0..1, half the window.
              size     3
              stride   3
              padding  2
            Maybe size and padding were exchanged.""");
  }
}
