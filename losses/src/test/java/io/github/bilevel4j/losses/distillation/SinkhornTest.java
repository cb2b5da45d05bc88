package io.github.bilevel4j.losses.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import org.junit.jupiter.api.Test;

class SinkhornTest {
  @Test
  void scalesColumnsThenRows() {
    Expr scores = OnCpu.matrix("scores", new double[][] {{0, Math.log(3)}, {0, 0}});
    // exp(S) = [1 3; 1 1]; columns to one: [1/2 3/4; 1/2 1/4]; rows to one: [2/5 3/5; 2/3 1/3].
    assertThat(OnCpu.value(Sinkhorn.epsilon(1).iterations(1).of(scores)).toDoubles())
        .containsExactly(new double[] {0.4, 0.6, 2 / 3.0, 1 / 3.0}, within(1e-15));
  }

  @Test
  void doesNotOverflow() {
    Expr scores = OnCpu.matrix("scores", new double[][] {{1, -1}, {-1, 1}});
    assertThat(OnCpu.value(Sinkhorn.epsilon(1e-4).of(scores)).toDoubles())
        .containsExactly(new double[] {1, 0, 0, 1}, within(1e-15));
  }

  @Test
  void rejectsScoresThatAreNotAMatrix() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sinkhorn.epsilon(1).of(Expr.input("scores", 2, 3, 4)))
        .withMessage(
            """
            Sinkhorn: needs rank 2 [n, d], got 3.
              scores  scores  [2, 3, 4]
            Maybe flattened() or a pooling is missing.""");
  }

  @Test
  void rejectsSettingsThatAreNotPositive() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sinkhorn.epsilon(0))
        .withMessage(
            """
            Sinkhorn: the epsilon must be positive, got 0.0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sinkhorn.epsilon(1).iterations(0))
        .withMessage(
            """
            Sinkhorn: the number of iterations must be 1 or more, got 0.""");
  }
}
