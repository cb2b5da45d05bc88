package io.github.bilevel4j.data;

import io.github.bilevel4j.check.UsageError;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A share of labeled images, drawn from each class: {@code max(1, round(f n_c))} of a class of
 * {@code n_c} images, the first of a permutation that follows from the seed.
 */
public final class LabeledShare {
  private LabeledShare() {}

  /**
   * The positions of the images, in order.
   *
   * @param fraction f, in (0, 1]
   * @throws UsageError if the fraction is none, or the images have no classes
   */
  public static int[] positions(LabeledImages images, double fraction, long seed) {
    if (!(fraction > 0 && fraction <= 1)) {
      throw UsageError.in("labeled share")
          .because("%s is no share of the images", fraction)
          .maybe("0.01 was meant.");
    }
    int[] labels = images.labels();
    int[] left = new int[images.classCount()];
    Arrays.stream(labels).forEach(label -> left[label]++);
    for (int label = 0; label < left.length; label++) {
      left[label] = (int) Math.max(1, Math.round(fraction * left[label]));
    }
    int[] order = new Batches(labels.length, 1, seed).order(0);
    return IntStream.of(order).filter(position -> left[labels[position]]-- > 0).sorted().toArray();
  }
}
