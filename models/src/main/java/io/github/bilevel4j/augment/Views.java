package io.github.bilevel4j.augment;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Randomness;

/** The augmentations that make the two views of an image, as self-supervised methods compare. */
public record Views(Augmentation first, Augmentation second) {

  /** Both views drawn in the same way, independently. */
  public static Views alike(Augmentation augmentation) {
    return new Views(augmentation, augmentation);
  }

  /** With one more augmentation at the end of both. */
  public Views then(Augmentation next) {
    return new Views(first.then(next), second.then(next));
  }

  /** The two views of images. */
  public ImmutableList<Expr> of(Expr images, Randomness randomness) {
    return ImmutableList.of(
        first.apply(images, randomness.fork("view 1")),
        second.apply(images, randomness.fork("view 2")));
  }
}
