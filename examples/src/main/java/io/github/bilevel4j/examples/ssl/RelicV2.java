package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.contrastive.RelicV2Loss;
import io.github.bilevel4j.ssl.CosineMethod;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.PredictingMethod;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.TargetNetwork;
import io.github.bilevel4j.ssl.TargetNetworkMethod;

/**
 * ReLIC v2 (Tomasev et al., 2022): a view is told apart from other images in a moving average's
 * embeddings, and the comparison comes out the same in the other direction.
 *
 * @param large how many views, the first ones, give targets; the others are small
 */
public record RelicV2(
    Layer projector, Layer predictor, TargetNetwork target, RelicV2Loss relic, int large)
    implements CosineMethod, PredictingMethod, TargetNetworkMethod {

  @Override
  public SslLoss loss(Network online, ImmutableList<Expr> views) {
    ImmutableList<Expr> o = online.embed(views, heads());
    ImmutableList<Expr> t = target.of(online).embed(views.subList(0, large), projector);
    return SslLoss.of(relic.terms(o, t)).updating(target.updates());
  }
}
