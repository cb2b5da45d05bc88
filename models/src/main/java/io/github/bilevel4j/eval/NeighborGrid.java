package io.github.bilevel4j.eval;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.UsageError;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * Accuracies by several numbers of nearest neighbors. Five vote by majority in Euclidean distance,
 * as in the evaluation of Ermolov et al., "Whitening for self-supervised representation learning",
 * 2021; any other number in cosine distance with weights {@code exp(cos / temperature)}, as in Wu
 * et al., "Unsupervised feature learning via non-parametric instance discrimination", 2018.
 *
 * @param numbers how many neighbors vote
 * @param temperature of the weights; 0.07 in the source, 0.1 in lightly and VISSL
 */
public record NeighborGrid(ImmutableSortedSet<Integer> numbers, double temperature) {
  private static final int BY_MAJORITY = 5;
  private static final int TOP = 5;

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if there is no number, or one or the temperature is not
   *     positive
   */
  public NeighborGrid {
    if (numbers.isEmpty()) {
      throw UsageError.in("nearest neighbors")
          .because("no number of neighbors is given")
          .maybe("5 was meant.");
    }
    numbers.forEach(k -> NearestNeighbors.k(k).weighted(temperature));
  }

  /**
   * What so many neighbors have found.
   *
   * @param accuracy on the test part, in per cent
   * @param top5 the share of the test part whose class is among the five with the largest sums, in
   *     per cent; none of fewer than six classes
   */
  public record Outcome(double accuracy, OptionalDouble top5) {}

  /**
   * Fails before features are computed if so many neighbors cannot vote.
   *
   * @param train the number of train samples
   * @throws IllegalArgumentException if the largest number exceeds it
   */
  public void requireEnough(int train) {
    NearestNeighbors.k(numbers.last()).requireEnough(train);
  }

  /**
   * The accuracies, by number of neighbors.
   *
   * @throws IllegalArgumentException as {@link NearestNeighbors#accuracy}
   */
  public ImmutableSortedMap<Integer, Outcome> accuracies(
      Engine engine, Features train, Features test) {
    Map<Integer, Outcome> found = new TreeMap<>();
    ImmutableList.Builder<Integer> others = ImmutableList.builder();
    for (int k : numbers) {
      if (k == BY_MAJORITY) {
        measure(NearestNeighbors.k(k), engine, train, test, ImmutableList.of(k), found);
      } else {
        others.add(k);
      }
    }
    ImmutableList<Integer> weighted = others.build();
    if (!weighted.isEmpty()) {
      NearestNeighbors largest = NearestNeighbors.k(weighted.reverse().get(0));
      measure(largest.weighted(temperature), engine, train, test, weighted, found);
    }
    return ImmutableSortedMap.copyOf(found);
  }

  private static void measure(
      NearestNeighbors neighbors,
      Engine engine,
      Features train,
      Features test,
      ImmutableList<Integer> numbers,
      Map<Integer, Outcome> found) {
    int[] votes = numbers.stream().mapToInt(k -> k).toArray();
    ImmutableList<Double> first = neighbors.accuracies(engine, train, test, 1, votes);
    boolean fewClasses = train.classes() <= TOP;
    ImmutableList<Double> five =
        fewClasses ? first : neighbors.accuracies(engine, train, test, TOP, votes);
    for (int i = 0; i < votes.length; i++) {
      found.put(
          votes[i],
          new Outcome(
              first.get(i), fewClasses ? OptionalDouble.empty() : OptionalDouble.of(five.get(i))));
    }
  }
}
