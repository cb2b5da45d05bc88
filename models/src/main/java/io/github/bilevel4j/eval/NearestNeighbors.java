package io.github.bilevel4j.eval;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The classifier by nearest neighbors: the class that most of the k nearest train samples have. Of
 * classes with equally many votes that of the nearest of their samples wins; of equally near
 * samples the one that comes first is the nearer. Distances are computed in the engine's precision.
 *
 * @param k the number of neighbors that vote
 * @param distance what near means
 */
public record NearestNeighbors(int k, Distance distance) {
  private static final String NAME = "nearest neighbors";

  /** Rows of either part that are compared at a time. */
  private static final int TILE = 1024;

  /**
   * Checks the number.
   *
   * @throws IllegalArgumentException if k is not positive
   */
  public NearestNeighbors {
    if (k < 1) {
      throw UsageError.in(NAME).because("k is not positive, %d", k).maybe("5 was meant.");
    }
  }

  /** What near means. */
  public enum Distance {
    /** {@code |a - b|}. */
    EUCLIDEAN,
    /** {@code 1 - <a, b> / (|a| |b|)}; a zero vector has distance 1 from everything. */
    COSINE;

    /** For rows a {@code [m, d]} and b {@code [n, d]} numbers {@code [m, n]} in the same order. */
    private Expr ranking(Expr a, Expr b) {
      return switch (this) {
        case EUCLIDEAN -> b.squared().sum(-1).minus(a.matmulTransposed(b).times(2));
        case COSINE -> a.normalized(-1).matmulTransposed(b.normalized(-1)).negated();
      };
    }

    /**
     * Features of the same distances, but seen from a sample, so that they are no longer than the
     * distances and squared lengths do not cancel.
     */
    private Features seenFrom(Features sample, Features features) {
      if (this == COSINE) {
        return features;
      }
      int d = features.dimension();
      Array matrix = features.matrix();
      Array differences = Array.fill(matrix.shape(), i -> matrix.at(i) - sample.matrix().at(i % d));
      return new Features(differences, features.labels(), features.classes());
    }
  }

  /** By the votes of so many neighbors in Euclidean distance. */
  public static NearestNeighbors k(int k) {
    return new NearestNeighbors(k, Distance.EUCLIDEAN);
  }

  /** In Euclidean distance. */
  public NearestNeighbors euclidean() {
    return new NearestNeighbors(k, Distance.EUCLIDEAN);
  }

  /** In cosine distance. */
  public NearestNeighbors cosine() {
    return new NearestNeighbors(k, Distance.COSINE);
  }

  /**
   * The share of test samples whose class is predicted, in per cent.
   *
   * @throws IllegalArgumentException if the parts differ in dimension or classes, or k exceeds the
   *     number of train samples
   */
  public double accuracy(Engine engine, Features train, Features test) {
    return test.accuracy(predict(engine, train, test));
  }

  /**
   * The predicted class of each test sample.
   *
   * @throws IllegalArgumentException as {@link #accuracy}
   */
  public int[] predict(Engine engine, Features train, Features test) {
    Features.requireComparable(NAME, train, test);
    if (k > train.count()) {
      throw UsageError.in(NAME)
          .because("k is %d, but there are %d train samples", k, train.count())
          .maybe("k should be %d or less.", train.count());
    }
    Neighborhood[] neighborhoods =
        Stream.generate(() -> new Neighborhood(k)).limit(test.count()).toArray(Neighborhood[]::new);
    search(engine, distance.seenFrom(train, train), distance.seenFrom(train, test), neighborhoods);
    return Stream.of(neighborhoods)
        .mapToInt(neighborhood -> neighborhood.vote(train.labels(), train.classes()))
        .toArray();
  }

  /** Offers every train sample to every test sample, tile by tile in ascending order. */
  private void search(Engine engine, Features train, Features test, Neighborhood[] neighborhoods) {
    int d = train.dimension();
    Expr a = Expr.input("test", Math.min(TILE, test.count()), d);
    Expr b = Expr.input("train", Math.min(TILE, train.count()), d);
    Program program = engine.compile(Step.named(NAME).output("ranking", distance.ranking(a, b)));
    for (int j = 0; j < train.count(); j += TILE) {
      Feed columns = Feed.of(b, train.rows(j, b.shape().dim(0)));
      for (int i = 0; i < test.count(); i += TILE) {
        Feed feed = columns.and(a, test.rows(i, a.shape().dim(0)));
        offer(program.run(feed).get("ranking"), i, j, train.count(), neighborhoods);
      }
    }
  }

  /** The rows and columns beyond either part's end only fill the tile. */
  private static void offer(
      Array ranking, int row, int column, int trainCount, Neighborhood[] neighborhoods) {
    int width = ranking.shape().dim(1);
    int rows = Math.min(ranking.shape().dim(0), neighborhoods.length - row);
    int columns = Math.min(width, trainCount - column);
    IntStream.range(0, rows)
        .parallel()
        .forEach(
            i -> {
              for (int j = 0; j < columns; j++) {
                neighborhoods[row + i].offer(column + j, ranking.at(i * width + j));
              }
            });
  }
}
