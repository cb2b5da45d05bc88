package io.github.bilevel4j.augment;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;

/** A random change of images that keeps what they show. */
@FunctionalInterface
public interface Augmentation {

  /** The changed images; equal randomness gives equal ones. */
  Expr apply(Expr images, RandomKey randomness);

  /** This augmentation, then another one with draws of its own. */
  default Augmentation then(Augmentation next) {
    return (images, randomness) ->
        next.apply(apply(images, randomness.foldIn("first")), randomness.foldIn("next"));
  }

  /** The images as they are. */
  static Augmentation none() {
    return (images, randomness) -> images;
  }
}
