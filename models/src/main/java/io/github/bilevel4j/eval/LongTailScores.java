package io.github.bilevel4j.eval;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * How evenly classes are recognized of which a train part had many or few images. Source: Jiang,
 * Chen, Mortazavi, Wang, "Self-damaging contrastive learning", 2021.
 *
 * @param accuracy the mean of the classes' accuracies, in per cent
 * @param many the mean over the classes with most images, in per cent; none if there are no such
 * @param medium over those between
 * @param few over those with fewest
 * @param balancedness the standard deviation (divisor 3) of the groups' accuracies as fractions, 0
 *     if all are recognized equally well; none if a group is empty
 * @param classDeviation the standard deviation (divisor C) of the C classes' accuracies as
 *     fractions
 */
public record LongTailScores(
    double accuracy,
    OptionalDouble many,
    OptionalDouble medium,
    OptionalDouble few,
    OptionalDouble balancedness,
    double classDeviation) {

  /** From each class's accuracy in per cent and the three groups. */
  static LongTailScores of(double[] each, ImmutableList<ImmutableIntArray> groups) {
    OptionalDouble[] means =
        groups.stream()
            .map(group -> group.stream().mapToDouble(label -> each[label]).average())
            .toArray(OptionalDouble[]::new);
    boolean whole = Arrays.stream(means).allMatch(OptionalDouble::isPresent);
    double[] present =
        Arrays.stream(means)
            .filter(OptionalDouble::isPresent)
            .mapToDouble(OptionalDouble::getAsDouble)
            .toArray();
    return new LongTailScores(
        Arrays.stream(each).average().orElseThrow(),
        means[0],
        means[1],
        means[2],
        whole ? OptionalDouble.of(deviation(present)) : OptionalDouble.empty(),
        deviation(each));
  }

  /** Of fractions that are given in per cent. */
  private static double deviation(double[] percents) {
    double mean = Arrays.stream(percents).average().orElseThrow();
    double sum =
        IntStream.range(0, percents.length)
            .mapToDouble(i -> (percents[i] - mean) * (percents[i] - mean))
            .sum();
    return Math.sqrt(sum / percents.length) / 100;
  }
}
