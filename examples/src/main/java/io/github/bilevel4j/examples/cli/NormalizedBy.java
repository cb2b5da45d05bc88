package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.augment.Normalize;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.weights.WeightsImport;
import java.util.Locale;

/** How the pictures were normalized on which an encoder of another program was trained. */
enum NormalizedBy {
  IMAGENET,
  CIFAR10,
  /** From [0, 1] to [-1, 1]. */
  HALF;

  private static final int SMALL_STEM = 3;

  Normalize normalize() {
    return switch (this) {
      case IMAGENET -> Normalize.imageNet();
      case CIFAR10 -> Normalize.cifar10();
      case HALF -> Normalize.of(Array.vector(0.5, 0.5, 0.5), Array.vector(0.5, 0.5, 0.5));
    };
  }

  /** What is usual for a network with a stem: of pictures of 224 pixels a side, or of 32. */
  static NormalizedBy of(WeightsImport.Architecture network) {
    return network.stem() == SMALL_STEM ? CIFAR10 : IMAGENET;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
