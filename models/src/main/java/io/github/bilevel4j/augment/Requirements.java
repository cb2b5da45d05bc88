package io.github.bilevel4j.augment;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;

/** What augmentations ask of their settings and images. */
final class Requirements {
  private Requirements() {}

  static void probability(String operation, double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw UsageError.in(operation)
          .because("a probability is not in [0, 1]")
          .value("probability", probability)
          .maybe("a per cent value should be divided by 100.");
    }
  }

  static void range(String operation, String name, double low, double high) {
    if (!(low > 0 && low <= high && high < Double.POSITIVE_INFINITY)) {
      throw UsageError.in(operation)
          .because("the %s should be positive numbers, the lower one first", name)
          .value("low", low)
          .value("high", high)
          .maybe("they are in the wrong order.");
    }
  }

  static void images(String operation, Expr images) {
    if (images.shape().rank() != 4) {
      throw UsageError.in(operation)
          .because("the images should be [n, height, width, channels]")
          .row("images", images.label(), images.shape().toString())
          .maybe("a reshape is missing.");
    }
  }

  static void colorImages(String operation, Expr images) {
    if (images.shape().rank() != 4 || images.shape().dim(3) != 3) {
      throw UsageError.in(operation)
          .because("the images should be [n, height, width, 3]")
          .row("images", images.label(), images.shape().toString())
          .maybe("the channels are not the last axis.");
    }
  }
}
