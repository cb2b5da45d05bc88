package io.github.bilevel4j.data;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/** Pictures of one size, by the positions of their files. */
final class DecodedPictures {
  private final int height;
  private final int width;

  /** Null for a file that is left out. */
  private final byte[][] images;

  /** What was done to bring them to one size, for a description, or empty. */
  private final String resizing;

  DecodedPictures(int height, int width, byte[][] images, String resizing) {
    this.height = height;
    this.width = width;
    this.images = images;
    this.resizing = resizing;
  }

  int height() {
    return height;
  }

  int width() {
    return width;
  }

  /** Whether a file is not left out. */
  boolean has(int file) {
    return images[file] != null;
  }

  /** The samples {@code [height, width, 3]} of a file that is not left out. */
  byte[] image(int file) {
    return images[file];
  }

  /** What a description should tell: of what size they are made, and how many are left out. */
  String note() {
    long count = Arrays.stream(images).filter(Objects::isNull).count();
    return resizing + (count == 0 ? "" : String.format(Locale.ROOT, " without %,d damaged", count));
  }
}
