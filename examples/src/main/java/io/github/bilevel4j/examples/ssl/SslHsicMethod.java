package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.kernel.SslHsic;
import io.github.bilevel4j.problem.Update;

/**
 * SSL-HSIC (Li et al., 2021): embeddings by a network and its moving average depend on the image
 * and on nothing else, as a kernel measures it. The kernel's scale follows the distances by
 * gradient descent on a loss of its own.
 */
public record SslHsicMethod(
    Layer projector, Layer predictor, Target target, SslHsic hsic, Expr scale, double scaleRate)
    implements PredictingMethod, TargetedMethod {

  @Override
  public Variables memory() {
    return Variables.of(scale);
  }

  @Override
  public SslLoss loss(Network online, ImmutableList<Expr> views) {
    ImmutableList<Expr> p = online.embed(views, heads());
    ImmutableList<Expr> t = target.of(online).embed(views, projector);
    Expr descent = hsic.scaleLoss(p, t).gradient(scale).times(scaleRate);
    return SslLoss.of(hsic.alignment(p, t), hsic.constraint(p, t))
        .updating(target.updates())
        .updating(ImmutableList.of(new Update(scale, scale.minus(descent))));
  }
}
