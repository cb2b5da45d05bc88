package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.ViewPair;
import io.github.bilevel4j.losses.redundancy.CorInfoMaxLoss;
import io.github.bilevel4j.losses.redundancy.RunningMoments;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.SslMethod;

/**
 * CorInfoMax (Ozsoy et al., 2022): views of an image are near, and the features of each branch fill
 * space: the determinant of their running covariance is large.
 */
public record CorInfoMax(
    Layer projector, CorInfoMaxLoss corInfoMax, RunningMoments first, RunningMoments second)
    implements SslMethod {

  @Override
  public Variables buffers() {
    return Variables.of(first.mean(), first.covariance(), second.mean(), second.covariance());
  }

  @Override
  public boolean hasUnitOutputs() {
    return corInfoMax.unitRows();
  }

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> views) {
    ViewPair z = network.embedPair(views, projector);
    return SslLoss.of(corInfoMax.terms(z.first(), z.second(), first, second))
        .updating(corInfoMax.updates(z.first(), z.second(), first, second));
  }
}
