package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.contrastive.LmclLoss;

/**
 * LMCL (Chen et al., 2021): SimCLR, and distances of samples are pushed out of a margin, so that a
 * pair is either near or far.
 */
public record Lmcl(Layer projector, LmclLoss lmcl) implements SslMethod {

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> views) {
    ImmutableList<Expr> z = network.embed(views, projector);
    return SslLoss.ofPair(z, lmcl::alignment, lmcl::constraint);
  }
}
