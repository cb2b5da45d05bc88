package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;

/**
 * Pictures with boxes around objects, for training and for testing.
 *
 * @param classNames of the objects; position k names label k
 * @param description in a few words
 */
public record DetectionDataset(
    BoxedImages train, BoxedImages test, ImmutableList<String> classNames, String description) {

  /** The pictures alone. */
  public ImageDataset images() {
    return new ImageDataset(train.images(), test.images(), description);
  }
}
