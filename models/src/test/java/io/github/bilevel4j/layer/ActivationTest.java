package io.github.bilevel4j.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.expr.Expr;
import org.junit.jupiter.api.Test;

class ActivationTest {
  private final Expr x = Expr.input("x", 2, 3);

  @Test
  void areTheFunctionsOfTheirNames() {
    assertThat(Activation.RELU.apply(x)).isSameAs(x.relu());
    assertThat(Activation.TANH.apply(x)).isSameAs(x.tanh());
    assertThat(Activation.SIGMOID.apply(x)).isSameAs(x.sigmoid());
    assertThat(Activation.SOFTPLUS.apply(x)).isSameAs(x.softplus());
  }

  @Test
  void haveNoVariablesAndAreTheirOwnBlueprints() {
    assertThat(Activation.RELU.init(Scope.seed(1))).isSameAs(Activation.RELU);
    assertThat(Activation.RELU.variables().isEmpty()).isTrue();
  }
}
