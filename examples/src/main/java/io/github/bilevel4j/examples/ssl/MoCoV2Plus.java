package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.contrastive.InfoNce;

/**
 * MoCo v2+ (da Costa et al., solo-learn, 2022): MoCo v2 in both directions, the keys of each view
 * in a queue of their own.
 */
public record MoCoV2Plus(Layer projector, TargetNetwork target, Queues queues, InfoNce infoNce)
    implements TargetedMethod {

  @Override
  public Variables memory() {
    return queues.variables();
  }

  @Override
  public SslLoss loss(Network online, ImmutableList<Expr> views) {
    ImmutableList<Expr> q = online.embed(views, projector);
    ImmutableList<Expr> k = target.of(online).embed(views, projector);
    return SslLoss.of(infoNce.alignment(q, k), infoNce.constraint(q, k, queues.contents()))
        .updating(target.updates())
        .updating(queues.enqueuing(k));
  }
}
