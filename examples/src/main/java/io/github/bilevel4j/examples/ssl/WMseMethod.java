package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Randomness;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.redundancy.WMse;

/**
 * W-MSE (Ermolov et al., 2021): the views of an image are near, after every view was whitened over
 * random sub-batches. Two views or four.
 */
public record WMseMethod(Layer projector, WMse wMse, Randomness orders) implements SslMethod {

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> views) {
    return SslLoss.of(wMse.alignment(orders, network.embed(views, projector)));
  }
}
