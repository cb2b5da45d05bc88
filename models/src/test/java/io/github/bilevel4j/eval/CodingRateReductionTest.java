package io.github.bilevel4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.losses.information.CodingRate;
import io.github.bilevel4j.shape.Array;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CodingRateReductionTest {
  private static final int COPIES = 3;

  private final Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  private final CodingRateReduction reduction = CodingRateReduction.on(engine);

  @AfterEach
  void close() {
    engine.close();
  }

  /** Three copies of each of two rows, a class each. */
  private static Features copies(double[] first, double[] second) {
    return Features.of(
        Array.matrix(
            IntStream.range(0, 2 * COPIES)
                .mapToObj(i -> i < COPIES ? first : second)
                .toArray(double[][]::new)),
        IntStream.range(0, 2 * COPIES).map(i -> i / COPIES).toArray(),
        2);
  }

  /**
   * With unit rows, d = 2 and eps^2 = 1/2: R = 1/2 log det(I + 4 diag(1/2, 1/2)) = log 3, and of
   * each class 1/2 log det(I + 4 e e^T) = 1/2 log 5.
   */
  @Test
  void orthogonalClassesHaveTheClosedForm() {
    Features features = copies(new double[] {7, 0}, new double[] {0, 0.1});
    assertThat(reduction.of(features)).isCloseTo(Math.log(3) - 0.5 * Math.log(5), within(1e-12));
  }

  @Test
  void isZeroWhereClassesAreAlike() {
    Features features = copies(new double[] {3, 4}, new double[] {6, 8});
    assertThat(reduction.of(features)).isCloseTo(0, within(1e-12));
  }

  @Test
  void aSecondCallSeesNewFeatures() {
    Features alike = copies(new double[] {3, 4}, new double[] {6, 8});
    Features orthogonal = copies(new double[] {1, 0}, new double[] {0, 1});
    double first = reduction.of(alike);
    assertThat(reduction.of(orthogonal)).isGreaterThan(first + 0.2);
    assertThat(reduction.of(alike)).isEqualTo(first);
  }

  /** For rows (a, 0) and (0, a), R = log(1 + a^2 / eps^2) and R_c = 1/2 log(1 + 2 a^2 / eps^2). */
  @Test
  void takesACodingRateOfOnesOwn() {
    double a = 3;
    double epsilonSquared = 0.2;
    double ratio = a * a / epsilonSquared;
    Features features = copies(new double[] {a, 0}, new double[] {0, a});
    assertThat(
            CodingRateReduction.on(engine, CodingRate.epsilonSquared(epsilonSquared)).of(features))
        .isCloseTo(Math.log(1 + ratio) - 0.5 * Math.log(1 + 2 * ratio), within(1e-12));
  }
}
