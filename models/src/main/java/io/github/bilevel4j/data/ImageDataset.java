package io.github.bilevel4j.data;

import io.github.bilevel4j.check.UsageError;

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
