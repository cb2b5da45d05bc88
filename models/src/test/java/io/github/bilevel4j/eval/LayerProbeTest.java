package io.github.bilevel4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LayerProbeTest {
  private static final LayerProbe PROBE = LayerProbe.on(LayerProbeTest::engine);

  private static Engine engine() {
    return TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  /** The class shows in one of d features; the last one is constant. */
  private static Features noisy(int count, int d, double signal, long seed) {
    Random random = new Random(seed);
    double[] values =
        IntStream.range(0, count * d)
            .mapToDouble(
                i ->
                    i % d == d - 1
                        ? 7
                        : random.nextGaussian() + (i % d == 0 ? signal * (2 * (i / d % 2) - 1) : 0))
            .toArray();
    return Features.of(
        Array.of(Shape.of(count, d), values),
        IntStream.range(0, count).map(i -> i % 2).toArray(),
        2);
  }

  /** With more features than samples a weak penalty fits noise. */
  @Test
  void theWeightDecayIsThatOfThePartHeldOut() {
    Features train = noisy(200, 250, 1.2, 1);
    LayerProbe.Choice choice = PROBE.choice(train);
    HeldOut parts = HeldOut.of(train, 0);
    assertThat(parts.heldOut().count()).isEqualTo(20);
    for (double weightDecay : new double[] {1, 0.1, 0.01}) {
      double accuracy;
      try (Engine engine = engine()) {
        accuracy =
            LinearProbe.newton()
                .weightDecay(weightDecay)
                .fit(engine, parts.kept(), parts.heldOut())
                .testAccuracy();
      }
      assertThat(accuracy).isLessThanOrEqualTo(choice.accuracy());
      if (weightDecay == choice.weightDecay()) {
        assertThat(accuracy).isEqualTo(choice.accuracy());
      }
    }
    LayerProbe.Accuracies found = PROBE.accuracies(choice, train, noisy(400, 250, 1.2, 2));
    assertThat(found.top1()).isBetween(60.0, 100.0);
    assertThat(found.top5()).isEmpty();
    assertThat(found.neighbors()).isBetween(45.0, 80.0);
  }

  /** A linear classifier can be rotated as well. */
  @Test
  void anOrthogonalMapChangesLittle() {
    Features train = noisy(600, 4, 1, 1);
    Features test = noisy(2000, 4, 1, 2);
    LayerProbe.Accuracies found = PROBE.accuracies(PROBE.choice(train), train, test);
    LayerProbe.Accuracies mirrored =
        PROBE.accuracies(PROBE.choice(mirrored(train)), mirrored(train), mirrored(test));
    assertThat(mirrored.neighbors()).isEqualTo(found.neighbors());
    assertThat(mirrored.top1()).isCloseTo(found.top1(), within(0.3));
    assertThat(found.top1()).isBetween(75.0, 95.0);
  }

  /** By {@code I - 2 v v^T / |v|^2} with v of ones: {@code x - sum(x) / 2}. */
  private static Features mirrored(Features features) {
    double[] values = features.matrix().toDoubles();
    for (int from = 0; from < values.length; from += 4) {
      double half = (values[from] + values[from + 1] + values[from + 2] + values[from + 3]) / 2;
      for (int i = from; i < from + 4; i++) {
        values[i] -= half;
      }
    }
    return new Features(
        Array.of(features.matrix().shape(), values), features.labels(), features.classes());
  }

  /** Samples that are changed as those of the test part are judged in place of the train part's. */
  @Test
  void changedSamplesAreJudged() {
    Features train = noisy(60, 3, 4, 1);
    int[] rows = LayerProbe.heldOut(train);
    assertThat(rows).hasSize(6).doesNotHaveDuplicates();
    assertThat(PROBE.choice(train).accuracy()).isEqualTo(100);
    Features heldOut = train.take(Arrays.stream(rows).boxed().toList());
    Features mirrored =
        new Features(
            Array.fill(
                heldOut.matrix().shape(),
                i -> i % 3 == 2 ? heldOut.matrix().at(i) : -heldOut.matrix().at(i)),
            heldOut.labels(),
            2);
    assertThat(PROBE.choice(train, heldOut).accuracy()).isEqualTo(100);
    assertThat(PROBE.choice(train, mirrored).accuracy()).isZero();
  }

  @Test
  void rankOfFeatures() {
    double[] rows = new double[2600 * 3];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i / 3 % 2 == i % 3 ? 2 : 0;
    }
    Features two = Features.of(Array.of(Shape.of(2600, 3), rows), new int[2600], 1);
    assertThat(LayerProbe.rankMe(two)).isCloseTo(2, within(1e-2));
    assertThat(two.unitRows().matrix().at(0)).isEqualTo(1);
  }
}
