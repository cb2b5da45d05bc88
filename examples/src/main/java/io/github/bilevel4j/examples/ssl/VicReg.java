package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.ViewPair;
import io.github.bilevel4j.losses.redundancy.VicRegLoss;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.SslMethod;

/**
 * VICReg (Bardes et al., 2022): views of an image are near, every feature varies over the batch,
 * and different features are uncorrelated.
 */
public record VicReg(Layer projector, VicRegLoss vicReg) implements SslMethod {

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> views) {
    ViewPair z = network.embedPair(views, projector);
    return SslLoss.of(vicReg.terms(z.first(), z.second()));
  }
}
