package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.redundancy.WMseLoss;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.SslMethod;

/**
 * W-MSE (Ermolov et al., 2021): the views of an image are near, after every view was whitened over
 * random sub-batches. Two views or four.
 */
public record WMse(Layer projector, WMseLoss wMse, RandomKey orders) implements SslMethod {

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> views) {
    return SslLoss.of(wMse.alignment(orders, network.embed(views, projector)));
  }
}
