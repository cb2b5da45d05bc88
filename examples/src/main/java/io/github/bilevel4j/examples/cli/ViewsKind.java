package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.Augmentations;
import io.github.bilevel4j.augment.HorizontalFlip;
import io.github.bilevel4j.augment.RandomResizedCrop;
import java.util.Locale;

/** How strongly views differ, whatever the method's preset says. */
enum ViewsKind {
  /**
   * Crop of 1/2 to 1 of the area and flip alone: views that a network can tell apart from those of
   * other images by their colors. With few images it memorizes them.
   */
  CROP {
    @Override
    Augmentation of(int side) {
      return RandomResizedCrop.size(side).scale(0.5, 1).then(HorizontalFlip.probability(0.5));
    }
  },
  /** {@link Augmentations#htdt}. */
  HTDT {
    @Override
    Augmentation of(int side) {
      return Augmentations.htdt(side).first();
    }
  },
  /** {@link Augmentations#symmetric}. */
  STRONG {
    @Override
    Augmentation of(int side) {
      return Augmentations.symmetric(side).first();
    }
  };

  /** One view of an image of this side. */
  abstract Augmentation of(int side);

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
