package io.github.bilevel4j.augment;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;

/** The shapes that augmentations ask of images. */
final class ImageShapes {
  private ImageShapes() {}

  static void require(String operation, Expr images) {
    if (images.shape().rank() != 4) {
      throw UsageError.in(operation)
          .because("the images should be [n, height, width, channels]")
          .row("images", images.label(), images.shape().toString())
          .maybe("a reshape is missing.");
    }
  }

  static void requireColor(String operation, Expr images) {
    requireChannels(operation, images, 3);
  }

  static void requireChannels(String operation, Expr images, int channels) {
    if (images.shape().rank() != 4 || images.shape().dim(3) != channels) {
      throw UsageError.in(operation)
          .because("the images should be [n, height, width, %d]", channels)
          .row("images", images.label(), images.shape().toString())
          .maybe("the channels are not the last axis.");
    }
  }
}
