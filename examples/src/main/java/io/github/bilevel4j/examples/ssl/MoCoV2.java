package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.contrastive.InfoNce;
import io.github.bilevel4j.losses.state.Queue;
import io.github.bilevel4j.ssl.CosineMethod;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.TargetNetwork;
import io.github.bilevel4j.ssl.TargetNetworkMethod;

/**
 * MoCo v2 (Chen et al., 2020): a query attracts its key, the other view of the image through a
 * moving average of the network; the keys of earlier batches repel it.
 */
public record MoCoV2(Layer projector, TargetNetwork target, Queue queue, InfoNce infoNce)
    implements CosineMethod, TargetNetworkMethod {

  @Override
  public Variables buffers() {
    return queue.variables();
  }

  @Override
  public SslLoss loss(Network online, ImmutableList<Expr> views) {
    Expr q = online.embed(views.get(0), projector);
    Expr k = target.of(online).embed(views.get(1), projector).normalized(-1);
    return SslLoss.of(infoNce.terms(q, k, queue.contents()))
        .updating(target.updates())
        .updating(queue.enqueuing(k));
  }
}
