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
      throw UsageError.in("--monitor")
          .because("a tenth of %d images cannot be held out to be measured", all.count())
          .maybe("%d images or more were meant.", LEAST);
    }
    int[] order = new Batches(all.count(), 1, seed).order(0);
    int left = all.count() / 10;
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
