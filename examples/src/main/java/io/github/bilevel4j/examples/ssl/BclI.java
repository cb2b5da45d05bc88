package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.RandAugment;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.longtail.MomentumLoss;
import java.util.List;

/**
 * BCL-I (Zhou et al., 2022): SimCLR that augments images the more, the higher their own losses were
 * so far. Weights are made anew where {@code ended} is one, in the last step of each epoch.
 */
public record BclI(Layer projector, NtXent ntXent, MomentumLoss hardness, Expr ended)
    implements SslMethod {

  @Override
  public Variables memory() {
    return Variables.of(hardness.losses(), hardness.visited(), hardness.weights());
  }

  /** The views, then the positions of the images. */
  @Override
  public ImmutableList<Expr> see(Views views, Augmentation last, ImageBatch x, RandomKey draws) {
    Expr strengths = hardness.strengths(x.indices(), 10, 30);
    RandAugment further = new RandAugment(strengths, hardness.probabilities(x.indices()));
    List<Expr> seen = views.then(further).then(last).of(x.images(), draws);
    return ImmutableList.<Expr>builder().addAll(seen).add(x.indices()).build();
  }

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> seen) {
    ImmutableList<Expr> z = network.embed(seen.subList(0, 2), projector);
    Expr losses = ntXent.ofImages(z.get(0), z.get(1));
    return SslLoss.ofPair(z, ntXent::alignment, ntXent::constraint)
        .updating(hardness.updates(seen.get(2), losses, ended));
  }
}
