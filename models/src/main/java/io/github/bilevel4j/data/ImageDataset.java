package io.github.bilevel4j.data;

import io.github.bilevel4j.check.UsageError;

/**
 * A train and a test part with the same image size and the same classes; a train part without
 * classes goes with any.
 *
 * @param description one line for reports: what the data are and where they come from
 */
public record ImageDataset(LabeledImages train, LabeledImages test, String description) {
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
  }
}
