package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.kernel.SslHsicLoss;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.PredictingMethod;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.TargetNetwork;
import io.github.bilevel4j.ssl.TargetNetworkMethod;

/**
 * SSL-HSIC (Li et al., 2021): embeddings by a network and its moving average depend on the image
 * and on nothing else, as a kernel measures it. The kernel's scale is trained, too, by a loss of
 * its own: its optimizer should have a rule for it.
 */
public record SslHsic(
    Layer projector, Layer predictor, TargetNetwork target, SslHsicLoss hsic, Expr scale)
    implements PredictingMethod, TargetNetworkMethod {

  @Override
  public Variables parameters() {
    return heads().parameters().and(Variables.of(scale));
  }

  @Override
  public SslLoss loss(Network online, ImmutableList<Expr> views) {
    ImmutableList<Expr> p = online.embed(views, heads());
    ImmutableList<Expr> t = target.of(online).embed(views, projector);
    Expr ofScale = hsic.scaleLoss(p, t);
    // It moves the scale alone, and its value is taken off again.
    Expr constraint = hsic.constraint(p, t).plus(ofScale.minus(ofScale.detached()));
    return SslLoss.of(hsic.alignment(p, t), constraint).updating(target.updates());
  }
}
