package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.layer.BatchNorm;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.longtail.MagnitudeMask;
import io.github.bilevel4j.ssl.CosineMethod;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.SslMethod;

/**
 * SDCLR (Jiang et al., 2021): SimCLR between a network and itself without its smallest filter
 * weights, which forgets rare images first. The masked branch has normalization layers of its own.
 * The masks are made anew before each epoch.
 *
 * @param filters of all convolutions
 * @param masks of the filters, under the same keys
 * @param norms the normalization layers of the masked branch
 */
public record Sdclr(
    Layer projector,
    NtXent ntXent,
    MagnitudeMask prune,
    Variables filters,
    Variables masks,
    Variables norms)
    implements CosineMethod {

  /** On an encoder and a projector. */
  public static Sdclr of(Encoder encoder, Layer projector, NtXent ntXent, MagnitudeMask prune) {
    Variables all = encoder.variables().and(projector.variables());
    Variables filters = MagnitudeMask.filtersAmong(all);
    Variables masks = Variables.onesLike("mask", filters.vector());
    Variables norms = BatchNorm.variablesAmong(all).copy("masked");
    return new Sdclr(projector, ntXent, prune, filters, masks, norms);
  }

  @Override
  public Variables parameters() {
    Variables trained = norms.where(key -> !BatchNorm.isStatistic(key));
    return projector.parameters().and(SslMethod.named(trained));
  }

  @Override
  public Variables buffers() {
    return masks.and(norms.where(BatchNorm::isStatistic));
  }

  @Override
  public ImmutableList<Update> onEpoch() {
    return Update.of(masks, prune.of(filters.vector()));
  }

  @Override
  public SslLoss loss(Network dense, ImmutableList<Expr> views) {
    Vector w = Vector.of(Maps.filterKeys(dense.vector().components(), masks.names()::contains));
    Network masked = dense.with(w.zip(masks.vector(), Expr::times)).with(norms.vector());
    Expr z1 = dense.embed(views.get(0), projector);
    Expr z2 = masked.embed(views.get(1), projector);
    return SslLoss.of(ntXent.terms(z1, z2));
  }
}
