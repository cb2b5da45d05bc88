package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.ViewPair;
import io.github.bilevel4j.losses.distillation.ByolLoss;
import io.github.bilevel4j.ssl.CosineMethod;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.PredictingMethod;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.TargetNetwork;
import io.github.bilevel4j.ssl.TargetNetworkMethod;

/**
 * BYOL (Grill et al., 2020): a predictor tells from one view where a slowly moving average of the
 * network projects the other.
 */
public record Byol(Layer projector, Layer predictor, TargetNetwork target)
    implements CosineMethod, PredictingMethod, TargetNetworkMethod {

  @Override
  public SslLoss loss(Network online, ImmutableList<Expr> views) {
    ViewPair p = online.embedPair(views, heads());
    ViewPair z = target.of(online).embedPair(views, projector);
    Expr first = ByolLoss.distance(p.first(), z.second());
    Expr second = ByolLoss.distance(p.second(), z.first());
    return SslLoss.of(first.plus(second)).updating(target.updates());
  }
}
