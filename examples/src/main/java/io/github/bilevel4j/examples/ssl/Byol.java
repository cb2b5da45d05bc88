package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.distillation.ByolLoss;

/**
 * BYOL (Grill et al., 2020): a predictor tells from one view where a slowly moving average of the
 * network projects the other.
 */
public record Byol(Layer projector, Layer predictor, TargetNetwork target)
    implements PredictingMethod, TargetedMethod {

  @Override
  public SslLoss loss(Network online, ImmutableList<Expr> views) {
    ImmutableList<Expr> p = online.embed(views, heads());
    ImmutableList<Expr> z = target.of(online).embed(views, projector);
    return SslLoss.of(ByolLoss.alignment(p, z)).updating(target.updates());
  }
}
