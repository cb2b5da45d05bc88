package io.github.bilevel4j.data;

import io.github.bilevel4j.check.UsageError;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * A long tail drawn from labeled images: of the class at rank {@code i} of C, {@code n_i = max(1,
 * round(n r^(-i / (C - 1))))} images, where r is how many times the first class has more than the
 * last (Cui et al., CVPR 2019, "Class-Balanced Loss Based on Effective Number of Samples",
 * CIFAR-10-LT with n = 5,000 and r = 100). The ranks of the classes and their images follow from
 * the seed.
 */
final class LongTail {
  private LongTail() {}

  /**
   * The positions of the images, in order.
   *
   * @param count about how many in all, up to rounding; without it as many as there are
   * @param imbalance r, at least 1
   * @throws UsageError if the images have no two classes, or a class has too few
   */
  static int[] positions(LabeledImages images, OptionalInt count, double imbalance, long seed) {
    if (!(imbalance >= 1 && Double.isFinite(imbalance))) {
      throw UsageError.in("--long-tail")
          .because("the largest class cannot be %s times as large as the smallest", imbalance)
          .maybe("100 was meant.");
    }
    if (images.classCount() < 2) {
      throw UsageError.in("--long-tail")
          .because("%d classes have no tail", images.classCount())
          .maybe("--subset with a list of pictures was meant.");
    }
    int[] labels = images.labels();
    int[] ranks = ranks(images.classCount(), seed);
    double[] shares = new double[ranks.length];
    for (int label = 0; label < ranks.length; label++) {
      shares[label] = Math.pow(imbalance, -ranks[label] / (ranks.length - 1.0));
    }
    int[] left = new int[ranks.length];
    Arrays.stream(labels).forEach(label -> left[label]++);
    double largest =
        count.isPresent()
            ? count.getAsInt() / Arrays.stream(shares).sum()
            : IntStream.range(0, left.length)
                .mapToDouble(label -> left[label] / shares[label])
                .min()
                .orElseThrow();
    for (int label = 0; label < left.length; label++) {
      int taken = (int) Math.max(1, Math.round(largest * shares[label]));
      if (taken > left[label]) {
        throw UsageError.in("--long-tail")
            .because("class %s has %d images", images.classNames().get(label), left[label])
            .value("needs", taken)
            .maybe("fewer --pretrain-images were meant.");
      }
      left[label] = taken;
    }
    int[] order = new Batches(labels.length, 1, seed).order(0);
    return IntStream.of(order).filter(position -> left[labels[position]]-- > 0).sorted().toArray();
  }

  private static int[] ranks(int classes, long seed) {
    int[] order = new Batches(classes, 1, seed).order(1);
    int[] ranks = new int[classes];
    for (int rank = 0; rank < classes; rank++) {
      ranks[order[rank]] = rank;
    }
    return ranks;
  }
}
