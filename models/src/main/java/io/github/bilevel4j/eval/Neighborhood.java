package io.github.bilevel4j.eval;

import com.google.common.primitives.ImmutableIntArray;
import java.util.Arrays;
import java.util.Comparator;
import java.util.OptionalDouble;

/** The nearest train samples of a test sample, nearest first, and how near each is. */
final class Neighborhood {
  private final int[] samples;
  private final double[] nearness;

  Neighborhood(int[] samples, double[] nearness) {
    this.samples = samples;
    this.nearness = nearness;
  }

  /**
   * The classes with most votes of the first few samples, most first; of equally many that to which
   * the nearest sample belongs. The weight of a vote is {@code exp((nearness - largest) /
   * temperature)}, which keeps the order and cannot overflow.
   *
   * @param number of the samples that vote
   * @param top most classes
   */
  ImmutableIntArray vote(
      int number, ImmutableIntArray labels, int classes, OptionalDouble temperature, int top) {
    double[] votes = new double[classes];
    for (int i = 0; i < number; i++) {
      double below = nearness[i] - nearness[0];
      votes[labels.get(samples[i])] +=
          temperature.isEmpty() ? 1 : Math.exp(below / temperature.getAsDouble());
    }
    // Sorting is stable, and the classes come in the order of their nearest samples.
    return ImmutableIntArray.copyOf(
        Arrays.stream(samples, 0, number)
            .map(labels::get)
            .distinct()
            .boxed()
            .sorted(Comparator.comparingDouble((Integer label) -> -votes[label]))
            .limit(top)
            .mapToInt(label -> label));
  }
}
