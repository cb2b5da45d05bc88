package io.github.bilevel4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Expectations without a formula beside them are those of an independent NumPy program. */
class LabelFreeMetricsTest {
  private static final Offset<Double> EXACT = within(1e-9);

  /** {@code sin(1 + i + 2 j (1 + i / 10))}: rows 2k and 2k + 1 are an image. */
  private static final Array WAVES =
      Array.fill(
          Shape.of(8, 3),
          p -> {
            int row = p / 3;
            return Math.sin(1 + row + 2 * (p % 3) * (1 + 0.1 * row));
          });

  private static final Array LONG =
      Array.fill(
          Shape.of(90, 40),
          p -> {
            int i = p / 40;
            int j = p % 40;
            return Math.sin(1 + 7 * i + 0.3 * j * j + 0.01 * i * j * j) / (j + 1);
          });

  @Test
  void agreesWithAnIndependentProgram() {
    double[] sigma = LabelFreeMetrics.spectrum(WAVES).toDoubles();
    assertThat(sigma).hasSize(3);
    assertThat(sigma[0]).isCloseTo(3.14411480, within(1e-8));
    assertThat(sigma[1]).isCloseTo(1.68415187, within(1e-8));
    assertThat(sigma[2]).isCloseTo(0.27985298, within(1e-8));
    assertThat(LabelFreeMetrics.rankMe(WAVES)).isCloseTo(2.2788023447783825, EXACT);
    assertThat(LabelFreeMetrics.effectiveRank(WAVES)).isCloseTo(2.278864055268492, EXACT);
    assertThat(LabelFreeMetrics.lidar(WAVES, 2)).isCloseTo(1.1364809424169697, EXACT);
    assertThat(LabelFreeMetrics.alignment(WAVES)).isCloseTo(0.9173543070471416, EXACT);
    assertThat(LabelFreeMetrics.uniformity(WAVES)).isCloseTo(-1.750548325874928, EXACT);
    LabelFreeMetrics.CodingRates rates = LabelFreeMetrics.pairRates(WAVES, 0.1);
    assertThat(rates.reduction()).isCloseTo(0.44898508821816296, EXACT);
    assertThat(rates.rate()).isCloseTo(2.7478725689, within(1e-9));
    assertThat(rates.compressed()).isCloseTo(2.2988874807, within(1e-9));
    int[] labels = {0, 0, 1, 1, 0, 0, 2, 2};
    assertThat(LabelFreeMetrics.classRates(WAVES, labels, 0.1).compressed())
        .isCloseTo(2.543861937411189, EXACT);
    assertThat(LabelFreeMetrics.softRates(WAVES, 0.1).rate()).isCloseTo(rates.rate(), EXACT);
    assertThat(LabelFreeMetrics.softRates(WAVES, 0.1).compressed())
        .isCloseTo(2.6966147763902084, EXACT);
    assertThat(LabelFreeMetrics.intrinsicDimension(WAVES)).isCloseTo(3.42804242, within(1e-8));
    assertThat(LabelFreeMetrics.alphaReQ(LONG).alpha()).isCloseTo(2.8851147917280113, EXACT);
    assertThat(LabelFreeMetrics.alphaReQ(LONG).fit()).isCloseTo(0.9699760261070294, EXACT);
  }

  /** A diagonal's singular values are its elements, and {@code k^-1.5} falls by 1.5 exactly. */
  @Test
  void closedForms() {
    assertThat(LabelFreeMetrics.rankMe(diagonal(4, 2, 1, 1))).isCloseTo(3.36359, within(5e-6));
    assertThat(LabelFreeMetrics.rankMe(diagonal(2, 2, 2, 2))).isCloseTo(4, within(1e-5));
    assertThat(LabelFreeMetrics.rankMe(Array.fill(Shape.of(9, 5), i -> 1.0 + Math.floorDiv(i, 5))))
        .isCloseTo(1, within(1e-4));
    int d = 60;
    // +- pairs have mean zero.
    Array law =
        Array.fill(
            Shape.of(2 * d, d),
            p -> p / d / 2 == p % d ? (p / d % 2 - 0.5) * Math.pow(p % d + 1, -0.75) : 0);
    assertThat(LabelFreeMetrics.alphaReQ(law).alpha()).isCloseTo(1.5, EXACT);
    assertThat(LabelFreeMetrics.alphaReQ(law).fit()).isCloseTo(1, EXACT);
  }

  private static Array diagonal(double... values) {
    int n = values.length;
    return Array.fill(Shape.of(n, n), i -> i / n == i % n ? values[i / n] : 0);
  }

  private static final List<ToDoubleFunction<Array>> ALL =
      List.of(
          LabelFreeMetrics::rankMe,
          LabelFreeMetrics::effectiveRank,
          z -> LabelFreeMetrics.lidar(z, 3),
          z -> LabelFreeMetrics.alphaReQ(z).alpha(),
          LabelFreeMetrics::alignment,
          LabelFreeMetrics::uniformity,
          z -> LabelFreeMetrics.pairRates(z, 0.1).reduction());

  /** Reflections by random vectors. */
  @Test
  void rotationsChangeNothing() {
    Random random = new Random(4);
    for (int n : new int[] {24, 60}) {
      Array z = Array.fill(Shape.of(n, 26), i -> random.nextGaussian() * (1 + i % 26));
      double[] v = random.doubles(26, -1, 1).toArray();
      Array turned =
          Array.fill(
              z.shape(),
              p -> {
                int row = p / 26 * 26;
                double along = IntStream.range(0, 26).mapToDouble(j -> z.at(row + j) * v[j]).sum();
                return z.at(p) - 2 * along * v[p % 26] / SymmetricMatrix.dot(v, v);
              });
      for (ToDoubleFunction<Array> metric : ALL) {
        assertThat(metric.applyAsDouble(turned)).isCloseTo(metric.applyAsDouble(z), within(1e-8));
      }
    }
  }

  @Test
  void multiplesChangeNothingButForLidar() {
    Array z = Array.fill(Shape.of(60, 26), i -> Math.cos(i * i));
    Array multiple = Array.fill(z.shape(), i -> 3e4 * z.at(i));
    for (ToDoubleFunction<Array> metric : ALL) {
      double ratio = metric.applyAsDouble(multiple) / metric.applyAsDouble(z);
      if (metric == ALL.get(2)) {
        assertThat(ratio).isNotCloseTo(1, within(1e-7));
      } else {
        assertThat(ratio).isCloseTo(1, EXACT);
      }
    }
  }

  @Test
  void staysWithinItsBounds() {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      int n = 4 + 2 * random.nextInt(10);
      int d = 1 + random.nextInt(9);
      Array z = Array.fill(Shape.of(n, d), i -> random.nextGaussian());
      int rank = Math.min(n, d);
      assertThat(LabelFreeMetrics.rankMe(z)).isBetween(1 - 1e-5, rank + 1e-4);
      assertThat(LabelFreeMetrics.effectiveRank(z)).isBetween(1 - 1e-9, rank + 1e-9);
      assertThat(LabelFreeMetrics.lidar(z, 2)).isBetween(1 - 1e-6, Math.min(n / 2 - 1, d) + 1e-5);
      assertThat(LabelFreeMetrics.alignment(z)).isBetween(0.0, 4.0);
      assertThat(LabelFreeMetrics.uniformity(z)).isBetween(-8.0, 0.0);
      assertThat(LabelFreeMetrics.pairRates(z, 0.1).reduction()).isGreaterThan(-1e-12);
    }
  }

  @Test
  void collapsedFeatures() {
    for (double value : new double[] {0, 2, 0.1}) {
      Array equal = Array.fill(Shape.of(6, 4), i -> value);
      assertThat(LabelFreeMetrics.effectiveRank(equal)).isZero();
      assertThat(LabelFreeMetrics.lidar(equal, 2)).isZero();
      assertThat(LabelFreeMetrics.alignment(equal)).isZero();
      assertThat(LabelFreeMetrics.uniformity(equal)).isZero();
      assertThat(LabelFreeMetrics.pairRates(equal, 0.1).reduction()).isCloseTo(0, within(1e-12));
      assertThat(LabelFreeMetrics.rankMe(equal)).isCloseTo(value == 0 ? 0 : 1, within(1e-4));
    }
  }

  @Test
  void whatDoesNotFitIsTold() {
    assertThatThrownBy(() -> LabelFreeMetrics.lidar(WAVES, 3))
        .hasMessage(
            """
            label-free metrics: 8 rows are not 3 views each of two images or more.
            Maybe the views of an image should be rows one after another.""");
    assertThatThrownBy(() -> LabelFreeMetrics.alphaReQ(WAVES))
        .hasMessage(
            """
            label-free metrics: alpha-ReQ has no eigenvalues 12 to min(100, d - 10) to fit to.
              given  [8, 3]
            Maybe a stage of 23 features or more was meant.""");
    assertThatThrownBy(() -> LabelFreeMetrics.rankMe(Array.vector(1, 2)))
        .hasMessage(
            """
            label-free metrics: features should be a matrix [n, d] of 1 rows or more.
              given  [2]
            Maybe a pooling is missing.""");
    assertThatThrownBy(() -> LabelFreeMetrics.rankMe(Array.matrix(new double[] {Double.NaN})))
        .hasMessage(
            """
            label-free metrics: a feature is NaN.
            Maybe the encoder's training has diverged.""");
  }
}
