package io.github.bilevel4j.ssl;

import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.RandomResizedCrop;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.problem.Optimizer;
import java.util.function.Function;

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

  /** With other views of images. */
  public Recipe views(Views others) {
    return new Recipe(method, others, last, optimizer);
  }

  /** With crops from elsewhere, see {@link Views#withCrops}. */
  public Recipe withCrops(Function<RandomResizedCrop, Expr> crops) {
    return new Recipe(method, views.withCrops(crops), last, optimizer);
  }

  /** The views of a batch of images, with the method's loss of them. */
  public ViewBatch views(ImageBatch images, RandomKey key) {
    return method.views(views, last, images, key);
  }
}
