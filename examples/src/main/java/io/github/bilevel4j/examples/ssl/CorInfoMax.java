package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.redundancy.CorInfoMaxLoss;
import io.github.bilevel4j.losses.redundancy.RunningMoments;

/**
 * CorInfoMax (Ozsoy et al., 2022): views of an image are near, and the features of each branch fill
 * space: the determinant of their running covariance is large.
 */
public record CorInfoMax(
    Layer projector, CorInfoMaxLoss corInfoMax, RunningMoments first, RunningMoments second)
    implements SslMethod {

  @Override
  public Variables memory() {
    return Variables.of(first.mean(), first.covariance(), second.mean(), second.covariance());
  }

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> views) {
    ImmutableList<Expr> z = network.embed(views, projector);
    return SslLoss.ofPair(
            z, corInfoMax::alignment, (z1, z2) -> corInfoMax.constraint(z1, z2, first, second))
        .updating(corInfoMax.updates(z.get(0), z.get(1), first, second));
  }
}
