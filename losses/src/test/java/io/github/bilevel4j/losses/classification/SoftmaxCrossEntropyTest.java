package io.github.bilevel4j.losses.classification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.shape.Array;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
  void aMaskedClassCostsNothingWhereItIsNotTheTarget() {
    double masked = Double.NEGATIVE_INFINITY;
    Expr some = OnCpu.matrix("some", new double[][] {{1, masked, 2}});
    double p = 1 / (1 + Math.E);
    Expr soft = OnCpu.matrix("soft", new double[][] {{0.25, 0, 0.75}});
    Expr loss = SoftmaxCrossEntropy.of(some, OnCpu.vector("labels", 2));
    assertThat(OnCpu.scalar(loss)).isCloseTo(Math.log1p(1 / Math.E), within(1e-12));
    assertThat(OnCpu.gradient(loss, some)).containsExactly(new double[] {p, 0, -p}, within(1e-12));
    Expr curvature = loss.gradient(some).slice(1, 0, 1).sum();
    assertThat(OnCpu.gradient(curvature, some))
        .containsExactly(new double[] {p * (1 - p), 0, -p * (1 - p)}, within(1e-12));
    Expr ofSoft = SoftmaxCrossEntropy.of(some, soft);
    assertThat(OnCpu.scalar(ofSoft))
        .isCloseTo(-0.25 * Math.log(p) - 0.75 * Math.log(1 - p), within(1e-12));
    assertThat(OnCpu.gradient(ofSoft, soft))
        .containsExactly(
            new double[] {-Math.log(p), Double.POSITIVE_INFINITY, -Math.log(1 - p)}, within(1e-12));
    assertThat(OnCpu.scalar(SoftmaxCrossEntropy.of(some, OnCpu.vector("labels", 1))))
        .isEqualTo(Double.POSITIVE_INFINITY);
    Expr undefined = OnCpu.matrix("undefined", new double[][] {{1, Double.NaN, 2}});
    assertThat(OnCpu.scalar(SoftmaxCrossEntropy.of(undefined, OnCpu.vector("labels", 2)))).isNaN();
  }

  @ParameterizedTest
  @ValueSource(doubles = {7, -1, 0.5, Double.NaN})
  void aLabelThatNamesNoClassIsAnError(double label) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SoftmaxCrossEntropy.of(logits, Expr.constant(Array.vector(label, 1))))
        .withMessageStartingWith("one-hot: the index " + label + " is not one of 0..2.");
    Expr loss = SoftmaxCrossEntropy.of(logits, OnCpu.vector("labels", label, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnCpu.scalar(loss))
        .withMessageStartingWith("run \"value\": an index is outside 0..2.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnCpu.gradient(loss, logits))
        .withMessageStartingWith("run \"value\": an index is outside 0..2.");
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
