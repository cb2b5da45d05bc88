package io.github.bilevel4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableSortedSet;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Comparator;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NearestNeighborsTest {
  private static int[] predict(NearestNeighbors classifier, Features train, Features test) {
    return predict(Precision.FLOAT64, classifier, train, test);
  }

  private static int[] predict(
      Precision precision, NearestNeighbors classifier, Features train, Features test) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), precision)) {
      return classifier.predict(engine, train, test);
    }
  }

  private static Features line(int[] labels, double... values) {
    return Features.of(Array.of(Shape.of(values.length, 1), values), labels, 3);
  }

  private static Features samples(double... values) {
    return line(new int[values.length], values);
  }

  @Test
  void theMajorityOfTheNearestWins() {
    Features train = line(new int[] {0, 1, 1, 2, 2}, 0, 2, 3, 10, 11);
    assertThat(predict(NearestNeighbors.k(1), train, samples(0.5, 2.1, 99)))
        .containsExactly(0, 1, 2);
    assertThat(predict(NearestNeighbors.k(3), train, samples(0.5, 2.1, 99)))
        .containsExactly(1, 1, 2);
  }

  @Test
  void ofEquallyManyVotesTheNearestSampleDecides() {
    Features train = line(new int[] {0, 1, 1, 0}, 0, 1, 2, 3);
    // From 0.4 the order is 0 1 2 3, from 0.6 it is 1 0 2 3; two votes each.
    assertThat(predict(NearestNeighbors.k(4), train, samples(0.4, 0.6))).containsExactly(0, 1);
    // From 1.2 the classes come as 1, 1, 0, 0 although class 0 is first in the data.
    assertThat(predict(NearestNeighbors.k(4), train, samples(1.2))).containsExactly(1);
  }

  @Test
  void aClassBehindInVotesDoesNotWinByItsNearestSample() {
    Features train = line(new int[] {2, 0, 1, 1, 0}, 0, 1, 2, 3, 4);
    assertThat(predict(NearestNeighbors.k(5), train, samples(0))).containsExactly(0);
  }

  @Test
  void ofEquallyNearSamplesTheFirstIsNearer() {
    assertThat(predict(NearestNeighbors.k(1), line(new int[] {0, 1}, 1, 2), samples(1.5)))
        .containsExactly(0);
    assertThat(predict(NearestNeighbors.k(1), line(new int[] {1, 0}, 2, 1), samples(1.5)))
        .containsExactly(1);
    assertThat(predict(NearestNeighbors.k(1), line(new int[] {2, 1, 0}, 5, 5, 5), samples(7)))
        .containsExactly(2);
  }

  @Test
  void cosineLooksAtDirectionsAlone() {
    Features train =
        Features.of(Array.matrix(new double[] {1, 0}, new double[] {8, 9}), new int[] {0, 1}, 2);
    Features test = Features.of(Array.matrix(new double[] {10, 1}), new int[] {0}, 2);
    assertThat(predict(NearestNeighbors.k(1).cosine(), train, test)).containsExactly(0);
    assertThat(predict(NearestNeighbors.k(1).cosine().euclidean(), train, test)).containsExactly(1);
  }

  @Test
  void accuracyIsInPerCent() {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
      Features train = line(new int[] {0, 1}, 0, 1);
      Features test = line(new int[] {0, 1, 1, 1}, 0, 0, 1, 1);
      assertThat(NearestNeighbors.k(1).accuracy(engine, train, test)).isEqualTo(75);
    }
  }

  /** Squared lengths of 1e10 would leave steps of 1,000 in float32. */
  @Test
  void distancesFarFromTheOriginAreExact() {
    Features train = line(new int[] {0, 1, 2}, 100_000, 100_000.5, 100_001);
    assertThat(
            predict(
                Precision.FLOAT32, NearestNeighbors.k(1), train, samples(100_000.125, 100_000.625)))
        .containsExactly(0, 1);
  }

  /** More rows than are compared at a time, on a grid where many distances are equal. */
  @Test
  void agreesWithSortingAllDistances() {
    Features train = grid(1, 1_100);
    Features test = grid(2, 1_030);
    assertThat(predict(NearestNeighbors.k(5), train, test))
        .isEqualTo(IntStream.range(0, test.count()).map(i -> sorted(train, test, i)).toArray());
  }

  private static Features grid(long seed, int count) {
    Random random = new Random(seed);
    return Features.of(
        Array.fill(Shape.of(count, 3), i -> random.nextInt(9)),
        random.ints(count, 0, 4).toArray(),
        4);
  }

  private static int sorted(Features train, Features test, int row) {
    double[] distances =
        IntStream.range(0, train.count())
            .mapToDouble(j -> squaredDistance(train, j, test, row))
            .toArray();
    int[] nearest =
        IntStream.range(0, train.count())
            .boxed()
            .sorted(Comparator.comparingDouble(j -> distances[j]))
            .limit(5)
            .mapToInt(j -> train.labels().get(j))
            .toArray();
    int most = IntStream.of(nearest).map(label -> votes(nearest, label)).max().orElseThrow();
    return IntStream.of(nearest)
        .filter(label -> votes(nearest, label) == most)
        .findFirst()
        .orElseThrow();
  }

  private static int votes(int[] labels, int label) {
    return (int) IntStream.of(labels).filter(each -> each == label).count();
  }

  private static double squaredDistance(Features a, int i, Features b, int j) {
    double sum = 0;
    for (int f = 0; f < a.dimension(); f++) {
      double difference = a.matrix().get(i, f) - b.matrix().get(j, f);
      sum += difference * difference;
    }
    return sum;
  }

  /** Cosines 0.96, 0.8, 0.6 and 0: at temperature 0.1 the first weighs e^1.6 of the second. */
  @Test
  void weightsAreExponentialInTheCosine() {
    Features train =
        Features.of(
            Array.matrix(
                new double[] {0.96, 0.28},
                new double[] {8, 6},
                new double[] {0.6, 0.8},
                new double[] {0, 2}),
            new int[] {0, 1, 1, 2},
            3);
    Features test = Features.of(Array.matrix(new double[] {5, 0}), new int[] {1}, 3);
    // e^0 against e^-1.6 + e^-3.6, then against e^-0.16 + e^-0.36.
    assertThat(predict(NearestNeighbors.k(4).weighted(0.1), train, test)).containsExactly(0);
    assertThat(predict(NearestNeighbors.k(4).weighted(1), train, test)).containsExactly(1);
    // The difference to the largest is taken before exp, which would overflow.
    assertThat(predict(NearestNeighbors.k(4).weighted(1e-4), train, test)).containsExactly(0);
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      NearestNeighbors four = NearestNeighbors.k(4).weighted(0.1);
      assertThat(four.topAccuracy(engine, train, test, 1)).isZero();
      assertThat(four.topAccuracy(engine, train, test, 2)).isEqualTo(100);
    }
  }

  @Test
  void severalNumbersVoteInOnePass() {
    Features train = grid(1, 300);
    Features test = grid(2, 200);
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      assertThat(NearestNeighbors.k(20).accuracies(engine, train, test, 1, 1, 5, 20))
          .containsExactly(
              NearestNeighbors.k(1).accuracy(engine, train, test),
              NearestNeighbors.k(5).accuracy(engine, train, test),
              NearestNeighbors.k(20).accuracy(engine, train, test));
      assertThatThrownBy(() -> NearestNeighbors.k(5).accuracies(engine, train, test, 1, 6))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              """
              nearest neighbors: 6 of 5 neighbors are to vote.
              Maybe k should be the largest of the numbers.""");
    }
  }

  @Test
  void kIsPositive() {
    assertThatThrownBy(() -> NearestNeighbors.k(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            nearest neighbors: k is not positive, 0.
            Maybe 5 was meant.""");
  }

  @Test
  void kIsNotLargerThanTheTrainPart() {
    Features train = samples(1, 2, 3);
    assertThatThrownBy(() -> predict(NearestNeighbors.k(4), train, train))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            nearest neighbors: k is 4, but there are 3 train samples.
            Maybe k should be 3 or less.""");
    assertThat(predict(NearestNeighbors.k(3), train, train)).containsExactly(0, 0, 0);
  }

  @Test
  void dimensionsMustAgree() {
    Features plane = Features.of(Array.matrix(new double[] {1, 2}), new int[] {0}, 3);
    assertThatThrownBy(() -> predict(NearestNeighbors.k(1), plane, samples(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            nearest neighbors: train and test features differ in dimension, 2 and 1.
              train  [1, 2] in 3 classes
              test   [1, 1] in 3 classes
            Maybe they come from different stages.""");
  }

  /**
   * Seen from (1, 0): in distance the five nearest are those of class 1, in angle the two of class
   * 0 are exactly in its direction.
   */
  @Test
  void fiveVoteByDistanceAndOthersByAngle() {
    double[][] rows = {{9, 0}, {8, 0}, {1, 0.3}, {1, 0.31}, {1, 0.32}, {1, 0.33}, {1, 0.34}};
    Features train = Features.of(Array.matrix(rows), new int[] {0, 0, 1, 1, 1, 1, 1}, 2);
    Features test = Features.of(Array.matrix(new double[][] {{1, 0}}), new int[] {0}, 2);
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      NeighborGrid grid = new NeighborGrid(ImmutableSortedSet.of(3, 5, 7), 0.01);
      assertThat(grid.accuracies(engine, train, test))
          .containsEntry(3, new NeighborGrid.Outcome(100, OptionalDouble.empty()))
          .containsEntry(5, new NeighborGrid.Outcome(0, OptionalDouble.empty()))
          .containsEntry(7, new NeighborGrid.Outcome(100, OptionalDouble.empty()))
          .hasSize(3);
      // Without weight on the nearest, five of seven votes are of class 1.
      NeighborGrid flat = new NeighborGrid(ImmutableSortedSet.of(7), 100);
      assertThat(flat.accuracies(engine, train, test).get(7).accuracy()).isZero();
    }
  }

  @Test
  void aGridOfNeighborsNeedsAsManySamples() {
    NeighborGrid grid = new NeighborGrid(ImmutableSortedSet.of(5, 200), 0.1);
    assertThatThrownBy(() -> grid.requireEnough(199))
        .hasMessageContaining("k is 200, but there are 199 train samples");
    assertThatThrownBy(() -> new NeighborGrid(ImmutableSortedSet.of(), 0.1))
        .hasMessageContaining("no number of neighbors");
    assertThatThrownBy(() -> new NeighborGrid(ImmutableSortedSet.of(0), 0.1))
        .hasMessageContaining("k is not positive");
    assertThatThrownBy(() -> new NeighborGrid(ImmutableSortedSet.of(5), 0))
        .hasMessageContaining("temperature");
  }
}
