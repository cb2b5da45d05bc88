package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.distillation.ReSslLoss;
import io.github.bilevel4j.losses.state.Queue;
import io.github.bilevel4j.ssl.CosineMethod;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.TargetNetwork;
import io.github.bilevel4j.ssl.TargetNetworkMethod;

/**
 * ReSSL (Zheng et al., 2021): the student relates strongly augmented views to earlier images as the
 * teacher, its moving average, relates the weakly augmented view, which is the last one.
 */
public record ReSsl(Layer projector, TargetNetwork target, Queue queue, ReSslLoss reSsl)
    implements CosineMethod, TargetNetworkMethod {

  @Override
  public Variables buffers() {
    return queue.variables();
  }

  @Override
  public SslLoss loss(Network online, ImmutableList<Expr> views) {
    int weak = views.size() - 1;
    ImmutableList<Expr> students = online.embed(views.subList(0, weak), projector);
    Expr teacher = target.of(online).embed(views.get(weak), projector).normalized(-1);
    return SslLoss.of(reSsl.alignment(students, teacher, queue.contents()))
        .updating(target.updates())
        .updating(queue.enqueuing(teacher));
  }
}
