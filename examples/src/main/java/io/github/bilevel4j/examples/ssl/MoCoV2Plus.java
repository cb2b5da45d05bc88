package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.contrastive.InfoNce;
import io.github.bilevel4j.ssl.CosineMethod;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.Queues;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.TargetNetwork;
import io.github.bilevel4j.ssl.TargetNetworkMethod;

/**
 * MoCo v2+ (da Costa et al., solo-learn, 2022): MoCo v2 in both directions, the keys of each view
 * in a queue of their own.
 */
public record MoCoV2Plus(Layer projector, TargetNetwork target, Queues queues, InfoNce infoNce)
    implements CosineMethod, TargetNetworkMethod {

  @Override
  public Variables buffers() {
    return queues.variables();
  }

  @Override
  public SslLoss loss(Network online, ImmutableList<Expr> views) {
    ImmutableList<Expr> q = online.embed(views, projector);
    ImmutableList<Expr> k = target.of(online).embed(views, projector);
    return SslLoss.of(infoNce.terms(q, k, queues.contents()))
        .updating(target.updates())
        .updating(queues.enqueuing(k));
  }
}
