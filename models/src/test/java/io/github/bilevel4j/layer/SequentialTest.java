package io.github.bilevel4j.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.expr.Expr;
import org.junit.jupiter.api.Test;

class SequentialTest {
  @Test
  void numbersItsLayersAndAppliesThemInOrder() {
    Layer net =
        Sequential.of(Dense.between(4, 8), Activation.RELU, Dense.between(8, 2))
            .init(Scope.seed(1).child("head"));
    Expr x = Expr.input("x", 5, 4);

    assertThat(net.parameters().names())
        .containsExactly("head/0/weight", "head/0/bias", "head/2/weight", "head/2/bias");
    Expr hidden =
        x.matmul(net.parameters().get("head/0/weight"))
            .plus(net.parameters().get("head/0/bias"))
            .relu();
    assertThat(net.apply(x, Pass.evaluation()))
        .isSameAs(
            hidden
                .matmul(net.parameters().get("head/2/weight"))
                .plus(net.parameters().get("head/2/bias")));
  }

  @Test
  void namesItsLayersAndCollectsTheirStatistics() {
    Layer net =
        Sequential.empty()
            .then("conv", Conv.between(3, 4).bias(false))
            .then("bn", BatchNorm.over(4))
            .init(Scope.seed(1));

    assertThat(net.variables().names())
        .containsExactly(
            "conv/weight", "bn/weight", "bn/bias", "bn/running_mean", "bn/running_var");
  }

  @Test
  void withoutLayersIsTheIdentity() {
    Expr x = Expr.input("x", 5, 4);

    assertThat(Sequential.empty().init(Scope.seed(1)).apply(x, Pass.training())).isSameAs(x);
  }
}
