package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.distillation.SwavLoss;
import io.github.bilevel4j.ssl.CosineMethod;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.Queues;
import io.github.bilevel4j.ssl.SslLoss;

/**
 * SwAV (Caron et al., 2020): one view tells to which prototypes the other is assigned. Assignments
 * use all prototypes alike. Prototypes stand still while {@code frozen} is one; queues of earlier
 * embeddings, if there are any, take part while {@code started} is one.
 */
public record Swav(
    Layer projector, Expr prototypes, SwavLoss swav, Queues queues, Expr frozen, Expr started)
    implements CosineMethod {

  @Override
  public Variables parameters() {
    return projector.parameters().and(Variables.of(prototypes));
  }

  @Override
  public Variables buffers() {
    return queues.variables();
  }

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> views) {
    ImmutableList<Expr> z = network.embed(views, projector);
    Expr c = frozen.where(prototypes.detached(), prototypes);
    Expr swapped = Expr.cond(started, swav.of(z, c, queues.contents()), swav.of(z, c));
    return SslLoss.of(swapped).updating(queues.enqueuing(z));
  }
}
