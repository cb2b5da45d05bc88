package io.github.bilevel4j.laws;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Matrices;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a law is checked at: a matrix {@code [n, d]} for each view, and the number from which the
 * law draws whatever else it quantifies over, such as a rotation. The number 0 stands for the
 * simplest choice.
 *
 * @param views the embeddings z1, ..., zk
 * @param choice the seed of a rotation, a permutation, scales, a shift or a kind of collapse
 */
public record Example(ImmutableList<Array> views, int choice) {

  /**
   * Independent standard normal embeddings, and a random choice.
   *
   * @throws io.github.bilevel4j.check.UsageError if there is no view
   */
  public static Example normal(Draws draws, int views, Shape shape) {
    Require.in("example").atLeast(1, "number of views", views);
    return new Example(
        Stream.generate(() -> draws.normal(shape))
            .limit(views)
            .collect(ImmutableList.toImmutableList()),
        draws.integer(1 << 20));
  }

  /** The number of samples n. */
  public int samples() {
    return views.get(0).shape().dim(0);
  }

  /** The number of features d. */
  public int features() {
    return views.get(0).shape().dim(1);
  }

  Example with(ImmutableList<Array> others) {
    return new Example(others, choice);
  }

  /** The matrices with aligned columns. */
  @Override
  public String toString() {
    return IntStream.range(0, views.size())
            .mapToObj(i -> Matrices.text("z" + (i + 1), views.get(i)))
            .collect(Collectors.joining("\n"))
        + "\nchoice = "
        + choice;
  }
}
