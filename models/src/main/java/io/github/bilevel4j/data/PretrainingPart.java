package io.github.bilevel4j.data;

/** Which parts of a data set with unlabeled images pre-training sees. */
public enum PretrainingPart {
  /** The unlabeled images and those of the train part. */
  UNLABELED_AND_TRAIN("unlabeled+train"),
  /** The unlabeled images alone. */
  UNLABELED("unlabeled"),
  /** The train part alone, as for data sets without unlabeled images. */
  TRAIN("train");

  private final String text;

  PretrainingPart(String text) {
    this.text = text;
  }

  boolean hasUnlabeled() {
    return this != TRAIN;
  }

  boolean hasTrain() {
    return this != UNLABELED;
  }

  /** For instance {@code unlabeled+train}. */
  @Override
  public String toString() {
    return text;
  }
}
