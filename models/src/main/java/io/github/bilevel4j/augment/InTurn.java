package io.github.bilevel4j.augment;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import java.util.function.Function;

/** Two augmentations one after the other, each with draws of its own. */
record InTurn(Augmentation first, Augmentation next) implements Augmentation {
  @Override
  public Expr apply(Expr images, RandomKey randomness) {
    return next.apply(first.apply(images, randomness.foldIn("first")), randomness.foldIn("next"));
  }

  @Override
  public Augmentation withCrops(Function<RandomResizedCrop, Expr> crops) {
    return new InTurn(first.withCrops(crops), next);
  }
}
