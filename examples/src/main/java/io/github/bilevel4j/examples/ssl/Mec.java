package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.redundancy.MaximumEntropyCoding;
import io.github.bilevel4j.ssl.CosineMethod;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.PredictingMethod;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.TargetNetwork;
import io.github.bilevel4j.ssl.TargetNetworkMethod;

/**
 * MEC (Liu et al., 2022): predictions agree with a moving average's embeddings of the other view,
 * and together they need as many bits as possible.
 */
public record Mec(
    Layer projector, Layer predictor, TargetNetwork target, MaximumEntropyCoding coding)
    implements CosineMethod, PredictingMethod, TargetNetworkMethod {

  @Override
  public SslLoss loss(Network online, ImmutableList<Expr> views) {
    ImmutableList<Expr> student = online.embed(views, heads());
    ImmutableList<Expr> teacher = target.of(online).embed(views, projector);
    return SslLoss.of(coding.terms(student, teacher)).updating(target.updates());
  }
}
