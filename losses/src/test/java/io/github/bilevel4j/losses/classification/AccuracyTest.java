package io.github.bilevel4j.losses.classification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.shape.Array;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccuracyTest {
  private final Expr logits =
      OnCpu.matrix("logits", new double[][] {{1, 2, 0}, {3, 2, 1}, {0, 0, 5}, {7, 7, 0}});

  @Test
  void isTheFractionOfCorrectIndices() {
    assertThat(OnCpu.scalar(Accuracy.of(logits, OnCpu.vector("labels", 1, 0, 1, 0))))
        .isEqualTo(0.75);
  }

  @Test
  void takesOneHotRowsForIndices() {
    Expr rows = OnCpu.matrix("rows", new double[][] {{0, 1, 0}, {0, 1, 0}, {0, 1, 0}, {1, 0, 0}});
    assertThat(OnCpu.scalar(Accuracy.of(logits, rows))).isEqualTo(0.5);
  }

  @ParameterizedTest
  @ValueSource(doubles = {7, -1, 0.5, Double.NaN})
  void aLabelThatNamesNoClassIsAnError(double label) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Accuracy.of(logits, Expr.constant(Array.vector(1, 0, label, 0))))
        .withMessageStartingWith("one-hot: the index " + label + " is not one of 0..2.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnCpu.scalar(Accuracy.of(logits, OnCpu.vector("labels", 1, 0, label, 0))))
        .withMessageStartingWith("run \"value\": an index is outside 0..2.");
  }

  @Test
  void rejectsLabelsThatDoNotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Accuracy.of(Expr.input("logits", 4, 3), Expr.input("labels", 4, 1)))
        .withMessage(
            """
            Accuracy: logits and labels do not fit.
              logits  logits  [4, 3]
              labels  labels  [4, 1]
            Maybe labels should be indices [4] or distributions [4, 3].""");
  }
}
