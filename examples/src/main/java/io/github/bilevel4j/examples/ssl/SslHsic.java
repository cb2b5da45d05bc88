package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.kernel.SslHsicLoss;
import io.github.bilevel4j.ssl.CosineMethod;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.PredictingMethod;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.TargetNetwork;
import io.github.bilevel4j.ssl.TargetNetworkMethod;

/**
 * SSL-HSIC (Li et al., 2021): embeddings by a network and its moving average depend on the image
 * and on nothing else, as a kernel measures it. The kernel's scale is trained, too: its optimizer
 * should have a rule for it.
 */
public record SslHsic(
    Layer projector, Layer predictor, TargetNetwork target, SslHsicLoss hsic, Expr scale)
    implements CosineMethod, PredictingMethod, TargetNetworkMethod {

  @Override
  public Variables parameters() {
    return heads().parameters().and(Variables.of(scale));
  }

  @Override
  public SslLoss loss(Network online, ImmutableList<Expr> views) {
    ImmutableList<Expr> p = online.embed(views, heads());
    ImmutableList<Expr> t = target.of(online).embed(views, projector);
    return SslLoss.of(hsic.alignment(p, t), hsic.constraint(p, t)).updating(target.updates());
  }
}
