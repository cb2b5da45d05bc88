package io.github.bilevel4j.data;

import io.github.bilevel4j.check.UsageError;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * A train and a test part with the same image size and the same classes, and the images that
 * pre-training sees, whose labels mean nothing.
 *
 * @param train labeled images, of which a probe learns
 * @param test labeled images, on which it is judged
 * @param pretraining images of the same size; often the train part
 * @param description one line for reports: what the data are and where they come from
 */
public record ImageDataset(
    LabeledImages train, LabeledImages test, LabeledImages pretraining, String description) {
  /**
   * @throws IllegalArgumentException if the parts differ in image size, channels or class names
   */
  public ImageDataset {
    if (!train.isLike(test)) {
      throw UsageError.in("image dataset")
          .because("the parts of %s differ in image size or classes", description)
          .value("train", train)
          .value("test", test)
          .maybe("they come from different data sets.");
    }
    if (pretraining.height() != train.height()
        || pretraining.width() != train.width()
        || pretraining.channels() != train.channels()) {
      throw UsageError.in("image dataset")
          .because("the images for pre-training of %s have another size", description)
          .value("train", train)
          .value("pretraining", pretraining)
          .maybe("they come from different data sets.");
    }
  }

  /** A data set whose train part is that of pre-training too. */
  public ImageDataset(LabeledImages train, LabeledImages test, String description) {
    this(train, test, train, description);
  }

  /**
   * Images for pre-training alone, all of them in every part.
   *
   * @param images without classes
   */
  static ImageDataset withoutClasses(LabeledImages images, String description) {
    return new ImageDataset(images, images, images, description);
  }

  /**
   * With pre-training on a few images alone; if these are of the train part, a probe learns from
   * its others.
   *
   * @param count how many, drawn by the seed; labels are not looked at
   * @throws UsageError if there are not more of them, or none would be left for a probe
   */
  public ImageDataset pretrainedOn(int count, long seed) {
    int[] order = drawn("--pretrain-images", pretraining, count, seed);
    LabeledImages others =
        pretraining == train
            ? train.take(sorted(Arrays.copyOfRange(order, count, order.length)))
            : train;
    return new ImageDataset(
        others, test, pretraining.take(sorted(Arrays.copyOf(order, count))), description);
  }

  /**
   * With pre-training on a long tail of classes, whose sizes fall exponentially; a probe learns
   * from the train part as it is.
   *
   * @param count about how many images, up to rounding; without it as many as there are
   * @param imbalance how many times the largest class has more than the smallest
   * @param seed draws the images and which class has how many
   * @throws UsageError if the images have no classes or too few of one
   */
  public ImageDataset longTailed(OptionalInt count, double imbalance, long seed) {
    int[] tail = LongTail.positions(pretraining, count, imbalance, seed);
    return new ImageDataset(train, test, pretraining.take(tail), description);
  }

  /**
   * With a train part of a few images alone; what pre-training sees stays.
   *
   * @param count how many, drawn by the seed
   * @throws UsageError if there are not more of them
   */
  public ImageDataset probedOn(int count, long seed) {
    int[] order = drawn("--probe-images", train, count, seed);
    return new ImageDataset(
        train.take(sorted(Arrays.copyOf(order, count))), test, pretraining, description);
  }

  private int[] drawn(String option, LabeledImages of, int count, long seed) {
    if (count < 1 || count >= of.count()) {
      throw UsageError.in(option)
          .because("%d of %d images cannot be drawn with some left", count, of.count())
          .value("data", description)
          .error();
    }
    return new Batches(of.count(), 1, seed).order(0);
  }

  private static int[] sorted(int[] positions) {
    // In their order, so that images in files are read from front to end.
    return Arrays.stream(positions).sorted().toArray();
  }

  /** Whether the images have classes, so that features of them can be evaluated. */
  public boolean hasClasses() {
    return train.hasLabels();
  }

  /**
   * Fails if the images have no classes.
   *
   * @param operation what needs them, for the message
   * @throws UsageError if so
   */
  public void requireClasses(String operation) {
    if (!hasClasses()) {
      throw UsageError.in(operation)
          .because("the images have no classes, which evaluation needs")
          .value("data", description)
          .maybe("they serve pretrain; sort them into train/CLASS/ and test/CLASS/ for the rest.");
    }
  }
}
