package io.github.bilevel4j.eval;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.check.UsageError;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * The classes of which a long-tailed train part has many images, a medium number, and few. A group
 * may be empty.
 *
 * @param many the classes with most images
 * @param medium those between
 * @param few those with fewest
 */
public record ClassGroups(ImmutableIntArray many, ImmutableIntArray medium, ImmutableIntArray few) {
  private static final int MORE_THAN_MEDIUM = 100;
  private static final int LEAST_MEDIUM = 20;

  /**
   * By thirds of the classes in the order of their counts, of equal ones the lower class first:
   * each has {@code floor(C / 3)}, the group with most images also the rest. It is the division of
   * CIFAR-10-LT and CIFAR-100-LT in Jiang et al., "Self-damaging contrastive learning", 2021.
   *
   * @param counts the number of images of each class
   */
  public static ClassGroups thirds(int[] counts) {
    List<Integer> order =
        IntStream.range(0, counts.length)
            .boxed()
            .sorted(Comparator.comparingInt((Integer label) -> -counts[label]))
            .toList();
    int third = counts.length / 3;
    int rest = counts.length - 2 * third;
    return new ClassGroups(
        ImmutableIntArray.copyOf(order.subList(0, rest)),
        ImmutableIntArray.copyOf(order.subList(rest, rest + third)),
        ImmutableIntArray.copyOf(order.subList(rest + third, counts.length)));
  }

  /**
   * By the counts themselves: more than 100 images, 20 to 100, fewer than 20. It is the division of
   * ImageNet-LT in Liu et al., "Large-scale long-tailed recognition in an open world", 2019.
   *
   * @param counts the number of images of each class
   */
  public static ClassGroups byCounts(int[] counts) {
    return new ClassGroups(
        where(counts, count -> count > MORE_THAN_MEDIUM),
        where(counts, count -> count <= MORE_THAN_MEDIUM && count >= LEAST_MEDIUM),
        where(counts, count -> count < LEAST_MEDIUM));
  }

  private static ImmutableIntArray where(int[] counts, IntPredicate condition) {
    return ImmutableIntArray.copyOf(
        IntStream.range(0, counts.length).filter(label -> condition.test(counts[label])));
  }

  /** The number of classes. */
  public int classes() {
    return many.length() + medium.length() + few.length();
  }

  /**
   * The accuracies of the groups.
   *
   * @param predicted a class for each sample
   * @param labels the samples' classes
   * @throws IllegalArgumentException if these are of different numbers, or a class has no sample
   */
  public LongTailScores scores(ImmutableIntArray predicted, ImmutableIntArray labels) {
    if (predicted.length() != labels.length()) {
      throw UsageError.in("long tail")
          .because("%d samples have %d predictions", labels.length(), predicted.length())
          .maybe("they are of different parts.");
    }
    int[] samples = new int[classes()];
    int[] right = new int[classes()];
    for (int i = 0; i < labels.length(); i++) {
      samples[labels.get(i)]++;
      right[labels.get(i)] += predicted.get(i) == labels.get(i) ? 1 : 0;
    }
    for (int label = 0; label < samples.length; label++) {
      if (samples[label] == 0) {
        throw UsageError.in("long tail")
            .because("class %d has no test sample", label)
            .maybe("the test part was cut.");
      }
    }
    double[] each =
        IntStream.range(0, samples.length)
            .mapToDouble(label -> 100.0 * right[label] / samples[label])
            .toArray();
    return LongTailScores.of(each, ImmutableList.of(many, medium, few));
  }
}
