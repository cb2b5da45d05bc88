package io.github.bilevel4j.losses.contrastive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import org.junit.jupiter.api.Test;

class NtXentTest {
  @Test
  void contrastsOrthogonalImagesInClosedForm() {
    Expr z1 = OnCpu.matrix("z1", new double[][] {{3, 0}, {0, 2}});
    Expr z2 = OnCpu.matrix("z2", new double[][] {{1, 0}, {0, 7}});
    double temperature = 0.5;
    // One positive at similarity 1/temperature, two negatives at similarity 0.
    double constraint = Math.log(Math.exp(1 / temperature) + 2);
    NtXent loss = NtXent.temperature(temperature);
    assertThat(OnCpu.scalar(loss.alignment(z1, z2))).isCloseTo(-2, within(1e-12));
    assertThat(OnCpu.scalar(loss.constraint(z1, z2))).isCloseTo(constraint, within(1e-12));
    assertThat(OnCpu.scalar(loss.of(z1, z2))).isCloseTo(constraint - 2, within(1e-12));
  }

  @Test
  void ofImagesThatAreLearnedAndNotInClosedForm() {
    Expr z1 = OnCpu.matrix("z1", new double[][] {{1, 0, 0}, {0, 1, 0}});
    Expr z2 = OnCpu.matrix("z2", new double[][] {{5, 0, 0}, {0, 0, 2}});
    // The views of the first image agree; the second has nothing in common with any other sample.
    double learned = Math.log(Math.exp(2) + 2) - 2;
    double hard = Math.log(3);
    assertThat(OnCpu.value(NtXent.temperature(0.5).ofImages(z1, z2)).toDoubles())
        .containsExactly(new double[] {learned, hard}, within(1e-14));
  }

  @Test
  void ofCollapsedFeaturesIsTheLogarithmOfTheOtherSamples() {
    Expr z = OnCpu.matrix("z", new double[][] {{1, 2}, {1, 2}, {1, 2}});
    assertThat(OnCpu.scalar(NtXent.temperature(0.1).of(z, z)))
        .isCloseTo(Math.log(5), within(1e-12));
  }

  @Test
  void isTheMeanOverAnchorsOfTheCrossEntropyWithThePositive() {
    Expr z1 = OnCpu.random("z1", 1, 3, 4);
    Expr z2 = OnCpu.random("z2", 2, 3, 4);
    double[] u = OnCpu.value(Expr.concat(0, z1, z2).normalized(-1)).toDoubles();
    double expected = 0;
    for (int i = 0; i < 6; i++) {
      double others = 0;
      for (int k = 0; k < 6; k++) {
        others += k == i ? 0 : Math.exp(similarity(u, i, k) / 0.2);
      }
      expected += (Math.log(others) - similarity(u, i, (i + 3) % 6) / 0.2) / 6;
    }
    assertThat(OnCpu.scalar(NtXent.temperature(0.2).of(z1, z2))).isCloseTo(expected, within(1e-12));
  }

  private static double similarity(double[] rows, int i, int k) {
    double product = 0;
    for (int c = 0; c < 4; c++) {
      product += rows[4 * i + c] * rows[4 * k + c];
    }
    return product;
  }

  @Test
  void rejectsTemperaturesThatAreNotPositive() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NtXent.temperature(0))
        .withMessage(
            """
            NtXent: the temperature must be positive, got 0.0.""");
    assertThatIllegalArgumentException().isThrownBy(() -> NtXent.temperature(Double.NaN));
  }

  @Test
  void rejectsViewsThatAreNotMatrices() {
    Expr images = Expr.input("images", 4, 32, 32, 3);
    Expr vector = Expr.input("vector", 8);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NtXent.temperature(0.5).alignment(images, images))
        .withMessage(
            """
            NtXent: needs rank 2 [n, d], got 4.
              z1  images  [4, 32, 32, 3]
            Maybe flattened() or a pooling is missing.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NtXent.temperature(0.5).alignment(vector, vector))
        .withMessage(
            """
            NtXent: needs rank 2 [n, d], got 1.
              z1  vector  [8]
            Maybe the batch axis is missing.""");
  }
}
