package io.github.bilevel4j.monitor;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.Batches;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import java.util.Arrays;

/**
 * A data set whose images of pre-training are fewer, and those that were held out: a tenth, drawn
 * by the seed. Labels are not looked at, and train and test part stay as they are.
 */
public record UnlabeledSplit(ImageDataset data, LabeledImages heldOut) {
  private static final int LEAST = 20;

  /**
   * Divides.
   *
   * @throws UsageError if that leaves fewer than two images to be held out
   */
  public static UnlabeledSplit of(ImageDataset data, long seed) {
    LabeledImages all = data.pretraining();
    if (all.count() < LEAST) {
      throw UsageError.in("held-out images")
          .because("a tenth of %d images cannot be held out", all.count())
          .maybe("%d images or more were meant.", LEAST);
    }
    return of(data, all.count() / 10, seed);
  }

  /**
   * Divides, with so many held out.
   *
   * @throws UsageError unless they are at least two and fewer than all
   */
  public static UnlabeledSplit of(ImageDataset data, int left, long seed) {
    LabeledImages all = data.pretraining();
    if (left < 2 || left >= all.count()) {
      throw UsageError.in("--monitor-images")
          .because("%d of %d images cannot be held out", left, all.count())
          .error();
    }
    int[] order = new Batches(all.count(), 1, seed).order(0);
    int[] kept = Arrays.copyOfRange(order, left, order.length);
    int[] heldOut = Arrays.copyOf(order, left);
    // In their order, so that images in files are read from front to end.
    Arrays.sort(kept);
    Arrays.sort(heldOut);
    return new UnlabeledSplit(
        new ImageDataset(data.train(), data.test(), all.take(kept), data.description()),
        all.take(heldOut));
  }
}
