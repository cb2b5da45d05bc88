package io.github.bilevel4j.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Shape;
import org.junit.jupiter.api.Test;

class ResidualTest {
  private final Expr x = Expr.input("x", 2, 8, 8, 16);

  @Test
  void basicBlockOfEqualShapeHasAnIdentityShortcut() {
    Layer block = Residual.basic(16, 16, 1).init(Scope.seed(1));

    assertThat(block.apply(x, Pass.evaluation()).shape()).isEqualTo(x.shape());
    assertThat(block.parameters().names())
        .containsExactly(
            "conv1/weight", "bn1/weight", "bn1/bias", "conv2/weight", "bn2/weight", "bn2/bias");
  }

  @Test
  void basicBlockWithStrideHasAProjection() {
    Layer block = Residual.basic(16, 32, 2).init(Scope.seed(1));

    assertThat(block.apply(x, Pass.evaluation()).shape()).isEqualTo(Shape.of(2, 4, 4, 32));
    assertThat(block.parameters().names())
        .contains("downsample/0/weight", "downsample/1/weight", "downsample/1/bias");
    assertThat(block.state().names())
        .contains("downsample/1/running_mean", "downsample/1/running_var");
  }

  @Test
  void bottleneckHasItsStrideInTheMiddle() {
    Layer block = Residual.bottleneck(16, 8, 2).init(Scope.seed(1));

    assertThat(block.apply(x, Pass.evaluation()).shape()).isEqualTo(Shape.of(2, 4, 4, 32));
    assertThat(block.parameters().get("conv2/weight").shape()).isEqualTo(Shape.of(3, 3, 8, 8));
    assertThat(block.parameters().get("conv3/weight").shape()).isEqualTo(Shape.of(1, 1, 8, 32));
  }

  @Test
  void withAMainPathOfZeroItIsTheReluOfItsInput() {
    Layer block = Residual.basic(2, 2, 1).init(Scope.seed(1));
    Expr image = Expr.constant(Computed.normal(3, 1, 4, 4, 2));

    Expr y = block.apply(block.vector().zeros(), image, Pass.batchStatistics());
    assertThat(Computed.of(y)).isEqualTo(Computed.of(image.relu()));
  }
}
