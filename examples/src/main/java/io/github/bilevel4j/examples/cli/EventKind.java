package io.github.bilevel4j.examples.cli;

import java.util.Locale;

/** What TensorBoard can be given. */
enum EventKind {
  /** The measurements. */
  SCALARS,
  /** Parameters before each epoch. */
  HISTOGRAMS,
  /** Views of images. */
  IMAGES;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
