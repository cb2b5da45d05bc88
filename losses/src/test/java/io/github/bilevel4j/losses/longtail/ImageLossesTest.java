package io.github.bilevel4j.losses.longtail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import org.junit.jupiter.api.Test;

class ImageLossesTest {
  @Test
  void ofImagesThatAreLearnedAndNotInClosedForm() {
    Expr z1 = OnCpu.matrix("z1", new double[][] {{1, 0, 0}, {0, 1, 0}});
    Expr z2 = OnCpu.matrix("z2", new double[][] {{5, 0, 0}, {0, 0, 2}});
    // The views of the first image agree; the second has nothing in common with any other sample.
    double learned = Math.log(Math.exp(2) + 2) - 2;
    double hard = Math.log(3);
    assertThat(OnCpu.value(ImageLosses.temperature(0.5).of(z1, z2)).toDoubles())
        .containsExactly(new double[] {learned, hard}, within(1e-14));
  }

  @Test
  void rejectsOneImageAndTemperaturesThatAreNotPositive() {
    Expr one = Expr.input("one", 1, 8);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageLosses.temperature(0.2).of(one, one))
        .withMessage(
            """
            ImageLosses: needs two images or more, got 1.
              z1  one  [1, 8]
              z2  one  [1, 8]
            Maybe the last, incomplete batch of an epoch should be dropped.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageLosses.temperature(0))
        .withMessage(
            """
            ImageLosses: the temperature must be positive, got 0.0.
            Maybe ImageLosses.temperature(0.2) was meant.""");
  }
}
