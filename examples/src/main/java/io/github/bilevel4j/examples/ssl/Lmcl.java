package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.ViewPair;
import io.github.bilevel4j.losses.contrastive.LmclLoss;
import io.github.bilevel4j.ssl.CosineMethod;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.SslLoss;

/**
 * LMCL (Chen et al., 2021): SimCLR, and distances of samples are pushed out of a margin, so that a
 * pair is either near or far.
 */
public record Lmcl(Layer projector, LmclLoss lmcl) implements CosineMethod {

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> views) {
    ViewPair z = network.embedPair(views, projector);
    return SslLoss.of(lmcl.terms(z.first(), z.second()));
  }
}
