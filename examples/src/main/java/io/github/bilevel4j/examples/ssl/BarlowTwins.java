package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.redundancy.BarlowTwinsLoss;

/**
 * Barlow Twins (Zbontar et al., 2021): a feature is the same in both views and uncorrelated with
 * all other features.
 */
public record BarlowTwins(Layer projector, BarlowTwinsLoss barlowTwins) implements SslMethod {

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> views) {
    ImmutableList<Expr> z = network.embed(views, projector);
    return SslLoss.ofPair(z, barlowTwins::alignment, barlowTwins::constraint);
  }
}
