package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.redundancy.MaximumEntropyCoding;

/**
 * MEC (Liu et al., 2022): predictions agree with a moving average's embeddings of the other view,
 * and together they need as many bits as possible.
 */
public record Mec(
    Layer projector, Layer predictor, TargetNetwork target, MaximumEntropyCoding coding)
    implements PredictingMethod, TargetedMethod {

  @Override
  public SslLoss loss(Network online, ImmutableList<Expr> views) {
    ImmutableList<Expr> student = online.embed(views, heads());
    ImmutableList<Expr> teacher = target.of(online).embed(views, projector);
    return SslLoss.of(coding.alignment(student, teacher), coding.constraint(student, teacher))
        .updating(target.updates());
  }
}
