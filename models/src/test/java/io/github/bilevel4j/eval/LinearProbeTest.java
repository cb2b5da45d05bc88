package io.github.bilevel4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.base.Splitter;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class LinearProbeTest {
  /** -1 has class 0 three times in four, 1 has class 1 three times in four. */
  private static final Features QUARTERS =
      column(new int[] {0, 0, 0, 1, 1, 1, 1, 0}, -1, -1, -1, -1, 1, 1, 1, 1);

  private static final Features PAIR = column(new int[] {0, 1}, -1, 1);

  private static LinearProbe.Outcome fit(LinearProbe probe, Features train, Features test) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      return probe.fit(engine, train, test);
    }
  }

  private static Features column(int[] labels, double... values) {
    return Features.of(Array.of(Shape.of(values.length, 1), values), labels, 2);
  }

  /** Three clouds in the plane, whose centers are 10 apart and whose deviation is 1. */
  private static Features clouds(long seed) {
    double[][] centers = {{0, 0}, {10, 0}, {5, 8.7}};
    Random random = new Random(seed);
    double[][] rows =
        IntStream.range(0, 60)
            .mapToObj(i -> centers[i % 3])
            .map(c -> new double[] {c[0] + random.nextGaussian(), c[1] + random.nextGaussian()})
            .toArray(double[][]::new);
    return Features.of(Array.matrix(rows), IntStream.range(0, 60).map(i -> i % 3).toArray(), 3);
  }

  @Test
  void separatesSeparableClasses() {
    for (LinearProbe probe : new LinearProbe[] {LinearProbe.sgd(), LinearProbe.adam()}) {
      LinearProbe.Outcome outcome = fit(probe.batch(16), clouds(1), clouds(2));
      assertThat(outcome.testAccuracy()).isEqualTo(100);
      assertThat(outcome.trainAccuracy()).isEqualTo(100);
    }
  }

  /**
   * One binary feature and two classes: the best classifier gives each class the frequency that it
   * has among the samples of equal feature, and its loss is the entropy of (1/4, 3/4).
   */
  @Test
  void findsTheMinimum() {
    double entropy = -0.25 * Math.log(0.25) - 0.75 * Math.log(0.75);
    LinearProbe probe = LinearProbe.sgd().rate(1, 0.1).epochs(500);
    LinearProbe.Outcome outcome = fit(probe, QUARTERS, PAIR);
    assertThat(outcome.loss()).isCloseTo(entropy, within(1e-9));
    assertThat(outcome.trainAccuracy()).isEqualTo(75);
    assertThat(outcome.testAccuracy()).isEqualTo(100);
  }

  /**
   * With weight decay c the stationary point of {@link #findsTheMinimum} is {@code W = (-w, w)}
   * with {@code sigmoid(2 w) - 3/4 + c w = 0}, here found by bisection.
   */
  @Test
  void weightDecayShrinksTheWeights() {
    double low = 0;
    double high = 1;
    for (int i = 0; i < 60; i++) {
      double w = (low + high) / 2;
      boolean below = sigmoid(2 * w) - 0.75 + 0.1 * w < 0;
      low = below ? w : low;
      high = below ? high : w;
    }
    double p = sigmoid(2 * low);
    LinearProbe probe = LinearProbe.sgd().rate(1, 0.1).epochs(500).weightDecay(0.1);
    assertThat(fit(probe, QUARTERS, PAIR).loss())
        .isCloseTo(-0.75 * Math.log(p) - 0.25 * Math.log(1 - p), within(1e-9));
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @Test
  void unitsOfFeaturesDoNotMatter() {
    LinearProbe probe = LinearProbe.adam().epochs(20).batch(16);
    LinearProbe.Outcome plain = fit(probe, clouds(1), clouds(2));
    LinearProbe.Outcome scaled =
        fit(probe, mapped(clouds(1), x -> 1024 * x + 5), mapped(clouds(2), x -> 1024 * x + 5));
    assertThat(scaled.loss()).isCloseTo(plain.loss(), within(1e-9));
    assertThat(scaled.testAccuracy()).isEqualTo(plain.testAccuracy());
  }

  private static Features mapped(Features features, DoubleUnaryOperator map) {
    Array matrix = features.matrix();
    return new Features(
        Array.fill(matrix.shape(), i -> map.applyAsDouble(matrix.at(i))),
        features.labels(),
        features.classes());
  }

  @Test
  void testSamplesAreMeasuredByTheTrainPart() {
    // By their own mean, 7, half of these would lie on the other side.
    Features test = column(new int[] {1, 1}, 6, 8);
    assertThat(fit(LinearProbe.sgd(), column(new int[] {0, 1}, 4, 6), test).testAccuracy())
        .isEqualTo(100);
  }

  @Test
  void aFeatureWithoutVariationHasNoEffect() {
    Features train =
        Features.of(
            Array.matrix(new double[] {-1, 0.1}, new double[] {1, 0.1}), new int[] {0, 1}, 2);
    Features test =
        Features.of(Array.matrix(new double[] {-1, 9}, new double[] {1, -9}), new int[] {0, 1}, 2);
    LinearProbe.Outcome outcome = fit(LinearProbe.adam(), train, test);
    assertThat(outcome.testAccuracy()).isEqualTo(100);
    assertThat(outcome.loss()).isCloseTo(fit(LinearProbe.adam(), PAIR, PAIR).loss(), within(1e-9));
  }

  @Test
  void isDeterminedByTheSeed() {
    LinearProbe probe = LinearProbe.sgd().epochs(3).batch(16).seed(5);
    LinearProbe.Outcome once = fit(probe, clouds(1), clouds(2));
    assertThat(fit(probe, clouds(1), clouds(2))).isEqualTo(once);
    assertThat(fit(probe.seed(6), clouds(1), clouds(2)).loss()).isNotEqualTo(once.loss());
  }

  @Test
  void severalProbesShareAnEngine() {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      LinearProbe probe = LinearProbe.sgd().epochs(3);
      LinearProbe.Outcome once = probe.fit(engine, QUARTERS, PAIR);
      assertThat(probe.fit(engine, QUARTERS, PAIR)).isEqualTo(once);
    }
  }

  @Test
  void dimensionsMustAgree() {
    Features plane = Features.of(Array.matrix(new double[] {1, 2}), new int[] {0}, 2);
    assertThatThrownBy(() -> fit(LinearProbe.sgd(), PAIR, plane))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            linear probe: train and test features differ in dimension, 1 and 2.
              train  [2, 1] in 2 classes
              test   [1, 2] in 2 classes
            Maybe they come from different stages.""");
  }

  @Test
  void classesMustAgree() {
    Features three = Features.of(Array.matrix(new double[] {1}), new int[] {2}, 3);
    assertThatThrownBy(() -> fit(LinearProbe.sgd(), PAIR, three))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            linear probe: train and test features differ in the number of classes, 2 and 3.
              train  [2, 1] in 2 classes
              test   [1, 1] in 3 classes
            Maybe they come from different data sets.""");
  }

  @Test
  void settingsArePositive() {
    LinearProbe probe = LinearProbe.sgd();
    record Case(ThrowingCallable call, String setting, String value) {}
    Stream.of(
            new Case(() -> probe.epochs(0), "number of epochs", "0.0"),
            new Case(() -> probe.batch(-1), "batch", "-1.0"),
            new Case(() -> probe.rate(0, 1e-6), "first rate", "0.0"),
            new Case(() -> probe.rate(0.1, Double.NaN), "last rate", "NaN"))
        .forEach(
            each ->
                assertThatThrownBy(each.call())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                        """
                        linear probe: the %s is not a positive number.
                          %s  %s
                        Maybe the default was meant."""
                            .formatted(each.setting(), each.setting(), each.value())));
  }

  @Test
  void weightDecayIsNotNegative() {
    assertThatThrownBy(() -> LinearProbe.adam().weightDecay(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            linear probe: the weight decay is negative or not finite, -1.0.
            Maybe 0 was meant.""");
  }

  /** scikit-learn's numbers, of seven classes on six features of very different size. */
  @Test
  void newtonIsLogisticRegression() throws IOException {
    List<String[]> lines;
    try (InputStream file = getClass().getResourceAsStream("logistic-regression.csv")) {
      lines =
          new String(file.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .map(line -> Splitter.on(',').splitToList(line).toArray(String[]::new))
              .toList();
    }
    Features train = part("train", lines);
    Features test = part("test", lines);
    List<String[]> expected = lines.stream().filter(line -> line[0].equals("expected")).toList();
    assertThat(expected).hasSize(2);
    for (String[] line : expected) {
      double decay = Double.parseDouble(line[1]);
      LinearProbe probe = LinearProbe.newton().weightDecay(decay).tolerance(1e-10);
      LinearProbe.Outcome outcome = fit(probe, train, test);
      assertThat(outcome.loss()).isCloseTo(Double.parseDouble(line[2]), within(1e-8));
      assertThat(outcome.testAccuracy()).isCloseTo(Double.parseDouble(line[3]), within(1e-9));
      assertThat(outcome.testTop5().orElseThrow())
          .isCloseTo(Double.parseDouble(line[4]), within(1e-9));
      assertThat(outcome.trainAccuracy()).isCloseTo(Double.parseDouble(line[5]), within(1e-9));
      assertThat(outcome.setting()).isEqualTo(decay);
      try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
        LinearProbe.Outcome single = probe.tolerance(1e-5).fit(engine, train, test);
        assertThat(single.loss()).isCloseTo(outcome.loss(), within(1e-5));
        assertThat(single.testAccuracy()).isEqualTo(outcome.testAccuracy());
      }
    }
  }

  private static Features part(String name, List<String[]> lines) {
    List<String[]> rows = lines.stream().filter(line -> line[0].equals(name)).toList();
    double[][] matrix =
        rows.stream()
            .map(line -> Stream.of(line).skip(2).mapToDouble(Double::parseDouble).toArray())
            .toArray(double[][]::new);
    int[] labels = rows.stream().mapToInt(line -> Integer.parseInt(line[1])).toArray();
    return Features.of(Array.matrix(matrix), labels, 7);
  }

  /** Without a penalty there is no minimum: the loss falls to zero, and the weights stay finite. */
  @Test
  void newtonEndsOnSeparableClasses() {
    for (double decay : new double[] {0, 1e-12}) {
      LinearProbe.Outcome outcome =
          fit(LinearProbe.newton().weightDecay(decay), clouds(1), clouds(2));
      assertThat(outcome.testAccuracy()).isEqualTo(100);
      assertThat(outcome.loss()).isFinite().isLessThan(1e-3);
    }
  }

  @Test
  void newtonMeetsOneClassAndFeaturesThatAreMultiples() {
    Features one = Features.of(Array.matrix(new double[] {1}, new double[] {2}), new int[2], 1);
    assertThat(fit(LinearProbe.newton(), one, one).loss()).isZero();
    Features twice = mappedRows(QUARTERS, x -> new double[] {x, -3 * x, 0.5 * x + 1});
    assertThat(fit(LinearProbe.newton().weightDecay(0), twice, twice).loss())
        .isCloseTo(-0.25 * Math.log(0.25) - 0.75 * Math.log(0.75), within(1e-8));
  }

  private static Features mappedRows(Features column, DoubleFunction<double[]> row) {
    double[][] rows =
        IntStream.range(0, column.count())
            .mapToObj(i -> row.apply(column.matrix().at(i)))
            .toArray(double[][]::new);
    return new Features(Array.matrix(rows), column.labels(), column.classes());
  }

  @Test
  void ofFewClassesThereIsNoTopFive() {
    assertThat(fit(LinearProbe.newton(), QUARTERS, PAIR).testTop5()).isEmpty();
  }

  /** A rate of 1e308 diverges; a huge penalty leaves the bias, which prefers the largest class. */
  @Test
  void theRateIsChosenOnSamplesHeldOut() {
    LinearProbe probe = LinearProbe.stepped(1).standardized(true).epochs(3).batch(6);
    assertThat(fit(probe.choosing(1e308, 0.3), clouds(1), clouds(2)).setting()).isEqualTo(0.3);
    assertThat(fit(LinearProbe.newton().choosing(1e6, 1e-3), noisy(1), noisy(2)).setting())
        .isEqualTo(1e-3);
  }

  /** Clouds of unequal numbers, so that a classifier without weights prefers the largest. */
  private static Features noisy(long seed) {
    Features clouds = clouds(seed);
    return clouds.take(IntStream.range(0, 60).filter(i -> i % 3 == 0 || i < 30).boxed().toList());
  }

  @Test
  void aTenthOfEachClassIsHeldOut() {
    Features features =
        column(IntStream.range(0, 40).map(i -> i < 30 ? 0 : 1).toArray(), new double[40]);
    HeldOut parts = HeldOut.of(features, 3);
    assertThat(parts.heldOut().labels().toArray()).containsExactlyInAnyOrder(0, 0, 0, 1);
    assertThat(parts.kept().count()).isEqualTo(36);
    Features single = column(new int[] {0, 1}, 1, 2);
    assertThatThrownBy(() -> fit(LinearProbe.sgd().choosing(1, 2), single, single))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            linear probe: a part cannot be held out: no class has two samples.
            Maybe one rate should be given rather than chosen.""");
  }

  /** Published protocols differ in what the rate does, here seen by where it ends. */
  @Test
  void protocolsOfOthersLearn() {
    for (LinearProbe probe :
        new LinearProbe[] {LinearProbe.stepped(0.1), LinearProbe.cosine(0.1)}) {
      assertThat(fit(probe.batch(16), clouds(1), clouds(2)).testAccuracy()).isEqualTo(100);
    }
    assertThat(fit(LinearProbe.stepped(0.1).batch(16), clouds(1), clouds(2)).loss())
        .isNotEqualTo(
            fit(LinearProbe.cosine(0.1).epochs(100).batch(16), clouds(1), clouds(2)).loss());
  }

  /** Each with its own optimizer, rates, drops and start, shortened. */
  @Test
  void namedProtocolsLearn() {
    for (ProbeProtocol protocol : ProbeProtocol.values()) {
      LinearProbe probe = protocol.probe().epochs(protocol == ProbeProtocol.SOLO ? 5 : 30);
      LinearProbe.Outcome outcome = fit(probe.batch(16), clouds(1), clouds(2));
      assertThat(outcome.testAccuracy()).as(protocol.toString()).isGreaterThan(80);
      assertThat(outcome.predicted().length()).isEqualTo(60);
    }
    assertThat(ProbeProtocol.SDCLR_FEW).hasToString("sdclr-few");
  }

  /** The rate is a tenth of a tenth from the given epochs on: with both at 1 little moves. */
  @Test
  void theRateDropsBeforeGivenEpochs() {
    LinearProbe probe = LinearProbe.stepped(1e-3).standardized(true).epochs(20).batch(60);
    double late = fit(probe.drops(List.of(18, 19)), clouds(1), clouds(2)).loss();
    double early = fit(probe.drops(List.of(1, 2)), clouds(1), clouds(2)).loss();
    assertThat(early).isGreaterThan(late + 0.01);
  }

  @Test
  void predictionsAreThoseOfTheAccuracy() {
    Features test = noisy(2);
    LinearProbe.Outcome outcome = fit(LinearProbe.newton().weightDecay(1), noisy(1), test);
    long right =
        IntStream.range(0, test.count())
            .filter(i -> outcome.predicted().get(i) == test.labels().get(i))
            .count();
    assertThat(100.0 * right / test.count()).isCloseTo(outcome.testAccuracy(), within(1e-9));
  }
}
