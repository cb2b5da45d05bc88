package io.github.bilevel4j.eval;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.TopK;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * The classifier by nearest neighbors: the class that most of the k nearest train samples have. Of
 * classes with equally many votes that of the nearest of their samples wins; of equally near
 * samples the one that comes first is the nearer. Distances are computed in the engine's precision.
 *
 * <p>Source of weighted votes: Wu, Xiong, Yu, Lin, "Unsupervised feature learning via
 * non-parametric instance discrimination", 2018, there with k 200 and temperature 0.07.
 *
 * @param k the number of neighbors that vote
 * @param distance what near means
 * @param temperature t of weights {@code exp(cos / t)} of the votes; none if all weigh the same
 */
public record NearestNeighbors(int k, Distance distance, OptionalDouble temperature) {
  private static final String NAME = "nearest neighbors";

  /** Most test rows, and most distances, that are computed at a time. */
  private static final int ROWS = 1024;

  private static final int DISTANCES = 1 << 24;

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if k or the temperature is not positive
   */
  public NearestNeighbors {
    if (k < 1) {
      throw UsageError.in(NAME).because("k is not positive, %d", k).maybe("5 was meant.");
    }
    temperature.ifPresent(t -> Require.in(NAME).positive("temperature", t));
  }

  /** What near means. */
  public enum Distance {
    /** {@code |a - b|}. */
    EUCLIDEAN,
    /** {@code 1 - <a, b> / (|a| |b|)}; a zero vector has distance 1 from everything. */
    COSINE;

    /** What is computed once of the train rows b, and again of each row a, {@code [m, d]}. */
    private Expr prepared(Expr rows) {
      return this == COSINE ? rows.normalized(-1) : rows;
    }

    /**
     * Numbers {@code [m, n]} for prepared rows, the nearest with the largest: the cosine, or {@code
     * <a, b> - |b|^2 / 2}.
     *
     * @param halves {@code |b|^2 / 2}, {@code [n]}
     */
    private Expr nearness(Expr a, Expr b, Expr halves) {
      Expr products = a.matmulTransposed(b);
      return this == COSINE ? products : products.minus(halves);
    }

    /**
     * Features of the same distances, but seen from a sample, so that they are no longer than the
     * distances and squared lengths do not cancel.
     */
    private Features seenFrom(Features sample, Features features) {
      if (this == COSINE) {
        return features;
      }
      double[] differences = features.matrix().toDoubles();
      int d = features.dimension();
      for (int row = 0; row < features.count(); row++) {
        for (int j = 0; j < d; j++) {
          differences[row * d + j] -= sample.matrix().at(j);
        }
      }
      return new Features(
          Array.wrap(features.matrix().shape(), differences),
          features.labels(),
          features.classes());
    }
  }

  /** By the votes of so many neighbors in Euclidean distance. */
  public static NearestNeighbors k(int k) {
    return new NearestNeighbors(k, Distance.EUCLIDEAN, OptionalDouble.empty());
  }

  /** In Euclidean distance. */
  public NearestNeighbors euclidean() {
    return new NearestNeighbors(k, Distance.EUCLIDEAN, OptionalDouble.empty());
  }

  /** In cosine distance. */
  public NearestNeighbors cosine() {
    return new NearestNeighbors(k, Distance.COSINE, OptionalDouble.empty());
  }

  /**
   * In cosine distance, each vote with the weight {@code exp(cos / temperature)}.
   *
   * @throws IllegalArgumentException if the temperature is not positive
   */
  public NearestNeighbors weighted(double temperature) {
    return new NearestNeighbors(k, Distance.COSINE, OptionalDouble.of(temperature));
  }

  /**
   * Fails before features are computed if so many neighbors cannot vote.
   *
   * @param train the number of train samples
   * @throws IllegalArgumentException if k exceeds it
   */
  public void requireEnough(int train) {
    if (k > train) {
      throw UsageError.in(NAME)
          .because("k is %d, but there are %d train samples", k, train)
          .maybe("k should be %d or less.", train);
    }
  }

  /**
   * The share of test samples whose class is predicted, in per cent.
   *
   * @throws IllegalArgumentException if the parts differ in dimension or classes, or k exceeds the
   *     number of train samples
   */
  public double accuracy(Engine engine, Features train, Features test) {
    return topAccuracy(engine, train, test, 1);
  }

  /**
   * The share of test samples whose class is among so many with the most votes, in per cent.
   * Classes without a vote do not count.
   *
   * @throws IllegalArgumentException as {@link #accuracy}
   */
  public double topAccuracy(Engine engine, Features train, Features test, int top) {
    return accuracies(engine, train, test, top, k).get(0);
  }

  /**
   * As {@link #topAccuracy} for several numbers of neighbors, of which k is the largest, in one
   * pass.
   *
   * @throws IllegalArgumentException as {@link #accuracy}, or if a number is not in {@code 1..k}
   */
  public ImmutableList<Double> accuracies(
      Engine engine, Features train, Features test, int top, int... numbers) {
    for (int number : numbers) {
      if (number < 1 || number > k) {
        throw UsageError.in(NAME)
            .because("%d of %d neighbors are to vote", number, k)
            .maybe("k should be the largest of the numbers.");
      }
    }
    List<Neighborhood> neighborhoods = neighborhoods(engine, train, test);
    return IntStream.of(numbers)
        .mapToObj(
            number -> {
              long right =
                  IntStream.range(0, test.count())
                      .filter(
                          row ->
                              vote(neighborhoods.get(row), number, train, top)
                                  .contains(test.labels().get(row)))
                      .count();
              return 100.0 * right / test.count();
            })
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * The predicted class of each test sample.
   *
   * @throws IllegalArgumentException as {@link #accuracy}
   */
  public int[] predict(Engine engine, Features train, Features test) {
    return neighborhoods(engine, train, test).stream()
        .mapToInt(neighborhood -> vote(neighborhood, k, train, 1).get(0))
        .toArray();
  }

  private ImmutableIntArray vote(Neighborhood neighborhood, int number, Features train, int top) {
    return neighborhood.vote(number, train.labels(), train.classes(), temperature, top);
  }

  private List<Neighborhood> neighborhoods(Engine engine, Features train, Features test) {
    Features.requireComparable(NAME, train, test);
    requireEnough(train.count());
    Features seenTrain = distance.seenFrom(train, train);
    Features seenTest = distance.seenFrom(train, test);
    // Written rather than given as a first value, which a variable would keep on the host too.
    Expr b = Expr.variable("train", train.matrix().shape(), Initializer.zeros());
    Expr halves = Expr.variable("halves", Shape.of(train.count()), Initializer.zeros());
    engine.write(b, seenTrain.matrix());
    int size = Math.max(1, Math.min(Math.min(ROWS, test.count()), DISTANCES / train.count()));
    Expr a = Expr.input("test", size, train.dimension());
    try (Program prepare =
            engine.compile(
                Step.named(NAME + " preparation")
                    .updating(b, distance.prepared(b))
                    .updating(halves, b.squared().sum(-1).times(0.5)));
        Program search = engine.compile(search(a, b, halves))) {
      prepare.run();
      List<Neighborhood> found = new ArrayList<>();
      for (int i = 0; i < test.count(); i += size) {
        Results results = search.run(Feed.of(a, seenTest.rows(i, size)));
        collect(results, Math.min(size, test.count() - i), found);
      }
      return found;
    }
  }

  private Step search(Expr a, Expr b, Expr halves) {
    TopK nearest = distance.nearness(distance.prepared(a), b, halves).topK(k, -1);
    return Step.named(NAME)
        .outputs(Map.of("samples", nearest.indices(), "nearness", nearest.values()));
  }

  /** The rows beyond the end only fill the batch. */
  private void collect(Results results, int rows, List<Neighborhood> found) {
    Array samples = results.get("samples");
    Array nearness = results.get("nearness");
    for (int row = 0; row < rows; row++) {
      int first = row * k;
      found.add(
          new Neighborhood(
              IntStream.range(0, k).map(i -> (int) samples.at(first + i)).toArray(),
              IntStream.range(0, k).mapToDouble(i -> nearness.at(first + i)).toArray()));
    }
  }
}
