package io.github.bilevel4j.losses.classification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import org.junit.jupiter.api.Test;

class SoftmaxCrossEntropyTest {
  private final Expr logits = OnCpu.matrix("logits", new double[][] {{0, 0, 0}, {1000, 0, 0}});

  @Test
  void isTheMeanNegativeLogLikelihood() {
    assertThat(OnCpu.scalar(SoftmaxCrossEntropy.of(logits, OnCpu.vector("labels", 2, 1))))
        .isCloseTo((Math.log(3) + 1000) / 2, within(1e-9));
  }

  @Test
  void takesOneHotRowsForIndices() {
    Expr rows = OnCpu.matrix("rows", new double[][] {{0, 0, 1}, {0, 1, 0}});
    assertThat(OnCpu.scalar(SoftmaxCrossEntropy.of(logits, rows)))
        .isCloseTo((Math.log(3) + 1000) / 2, within(1e-9));
  }

  @Test
  void hasTheGradientSoftmaxMinusTarget() {
    double third = 1.0 / 6;
    assertThat(OnCpu.gradient(SoftmaxCrossEntropy.of(logits, OnCpu.vector("labels", 2, 0)), logits))
        .containsExactly(new double[] {third, third, -2 * third, 0, 0, 0}, within(1e-12));
  }

  @Test
  void rejectsLabelsThatDoNotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> SoftmaxCrossEntropy.of(Expr.input("logits", 4, 3), Expr.input("labels", 5)))
        .withMessage(
            """
            SoftmaxCrossEntropy: logits and labels do not fit.
              logits  logits  [4, 3]
              labels  labels  [5]
            Maybe labels should be indices [4] or distributions [4, 3].""");
  }

  @Test
  void rejectsLogitsThatAreNotAMatrix() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SoftmaxCrossEntropy.of(Expr.input("logits", 3), Expr.input("labels", 1)))
        .withMessage(
            """
            SoftmaxCrossEntropy: needs rank 2 [n, d], got 1.
              logits  logits  [3]
            Maybe the batch axis is missing.""");
  }
}
