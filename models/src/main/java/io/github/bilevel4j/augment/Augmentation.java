package io.github.bilevel4j.augment;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import java.util.function.Function;

/** A random change of images that keeps what they show. */
@FunctionalInterface
public interface Augmentation {

  /** The changed images; equal randomness gives equal ones. */
  Expr apply(Expr images, RandomKey randomness);

  /** This augmentation, then another one with draws of its own. */
  default Augmentation then(Augmentation next) {
    return new InTurn(this, next);
  }

  /**
   * This augmentation where crops come from elsewhere: if it begins with a {@link
   * RandomResizedCrop}, that one's result is replaced, and the images that it is applied to are not
   * used; otherwise nothing changes.
   *
   * @param crops what a crop is replaced by, {@code [n, size, size, channels]}
   */
  default Augmentation withCrops(Function<RandomResizedCrop, Expr> crops) {
    return this;
  }

  /** The images as they are. */
  static Augmentation none() {
    return (images, randomness) -> images;
  }
}
