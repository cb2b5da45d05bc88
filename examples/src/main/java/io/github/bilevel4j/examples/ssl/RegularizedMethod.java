package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Randomness;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.problem.Update;

/** A method whose loss has one more term; see {@link SslMethod#plus}. */
record RegularizedMethod(SslMethod method, String term, double weight, Regularizer regularizer)
    implements SslMethod {

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> views) {
    SslLoss loss = method.loss(network, views);
    Expr more = regularizer.of(network, views);
    return new SslLoss(loss.objective().plus(term, weight, more), loss.updates());
  }

  @Override
  public Layer projector() {
    return method.projector();
  }

  @Override
  public Layer heads() {
    return method.heads();
  }

  @Override
  public Variables parameters() {
    return method.parameters();
  }

  @Override
  public Variables memory() {
    return method.memory();
  }

  @Override
  public Variables averages() {
    return method.averages();
  }

  @Override
  public ImmutableList<Update> restarting() {
    return method.restarting();
  }

  @Override
  public ImmutableList<Expr> see(
      Views views, Augmentation last, ImageBatch batch, Randomness randomness) {
    return method.see(views, last, batch, randomness);
  }
}
