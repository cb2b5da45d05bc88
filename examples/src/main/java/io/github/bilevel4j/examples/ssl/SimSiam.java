package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.distillation.SimSiamLoss;
import io.github.bilevel4j.ssl.CosineMethod;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.PredictingMethod;
import io.github.bilevel4j.ssl.SslLoss;

/**
 * SimSiam (Chen and He, 2021): a predictor tells from one view where the other is projected. What
 * keeps it from collapse is that no gradient flows into the projection.
 */
public record SimSiam(Layer projector, Layer predictor) implements CosineMethod, PredictingMethod {

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> views) {
    ImmutableList<Expr> z = network.embed(views, projector);
    return SslLoss.of(SimSiamLoss.alignment(network.apply(predictor, z), z));
  }
}
