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

/**
 * SDCLR (Jiang et al., 2021): SimCLR between a network and itself without its smallest filter
 * weights, which forgets rare images first. The masked branch has normalization layers of its own.
 * Masks are computed always, and replaced where {@code renewed} is one, once an epoch.
 */
public record Sdclr(
    Layer projector,
    NtXent ntXent,
    MagnitudeMask mask,
    Variables masks,
    Variables norms,
    Expr renewed)
    implements SslMethod {

  /** On an encoder and a projector. */
  public static Sdclr of(
      Encoder encoder, Layer projector, NtXent ntXent, MagnitudeMask mask, Expr renewed) {
    Variables all = encoder.variables().and(projector.variables());
    Variables masks = Variables.zerosLike("mask", MagnitudeMask.filtersAmong(all).vector());
    Variables norms = BatchNorm.variablesAmong(all).copy("masked");
    return new Sdclr(projector, ntXent, mask, masks, norms, renewed);
  }

  @Override
  public Variables parameters() {
    Variables trained = norms.where(key -> !BatchNorm.isStatistic(key));
    return projector.parameters().and(SslMethod.named(trained));
  }

  @Override
  public Variables memory() {
    return masks.and(norms.where(BatchNorm::isStatistic));
  }

  @Override
  public SslLoss loss(Network dense, ImmutableList<Expr> views) {
    Vector w = Vector.of(Maps.filterKeys(dense.vector().components(), masks.names()::contains));
    Vector kept = mask.of(w).zip(masks.vector(), renewed::where);
    Network masked = dense.with(w.zip(kept, Expr::times)).with(norms.vector());
    Expr z1 = dense.embed(views.get(0), projector);
    Expr z2 = masked.embed(views.get(1), projector);
    return SslLoss.of(ntXent.alignment(z1, z2), ntXent.constraint(z1, z2))
        .updating(Update.of(masks, kept));
  }
}
