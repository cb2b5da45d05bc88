package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.problem.Optimizer;

/**
 * A method with the views and the optimizer of its pre-training.
 *
 * @param last what each view ends with, whatever the method does with it before
 */
public record Recipe(SslMethod method, Views views, Augmentation last, Optimizer optimizer) {

  /** With nothing more at the end of each view. */
  public Recipe(SslMethod method, Views views, Optimizer optimizer) {
    this(method, views, Augmentation.none(), optimizer);
  }

  /** With one more augmentation at the end of each view. */
  public Recipe then(Augmentation next) {
    return new Recipe(method, views, last.then(next), optimizer);
  }

  /** What the method is told of a batch of images. */
  public ImmutableList<Expr> see(ImageBatch batch, RandomKey randomness) {
    return method.see(views, last, batch, randomness);
  }
}
