package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.RandAugment;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.ViewPair;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.longtail.MomentumLoss;
import io.github.bilevel4j.ssl.CosineMethod;
import io.github.bilevel4j.ssl.ImageBatch;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.ViewBatch;

/**
 * BCL-I (Zhou et al., 2022): SimCLR that augments images the more, the higher their own losses were
 * so far. How much is decided anew before each epoch.
 *
 * @param weakest the least strength of the further augmentation, in [0, 30]
 * @param strongest the greatest strength
 */
public record BclI(
    Layer projector, NtXent ntXent, MomentumLoss hardness, double weakest, double strongest)
    implements CosineMethod {

  @Override
  public Variables buffers() {
    return Variables.of(hardness.losses(), hardness.visited(), hardness.weights());
  }

  @Override
  public ImmutableList<Update> onEpoch() {
    return hardness.weightUpdates();
  }

  @Override
  public ViewBatch views(Views views, Augmentation last, ImageBatch x, RandomKey key) {
    Expr strengths = hardness.strengths(x.indices(), weakest, strongest);
    RandAugment further = new RandAugment(strengths, hardness.probabilities(x.indices()));
    ImmutableList<Expr> harder = views.then(further).then(last).of(x.images(), key);
    return new ViewBatch(
        this,
        harder,
        network -> {
          ViewPair z = network.embedPair(harder, projector);
          Expr losses = ntXent.ofImages(z.first(), z.second());
          return loss(network, harder)
              .updating(hardness.updates(network.gathered(x.indices()), losses));
        });
  }

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> views) {
    ViewPair z = network.embedPair(views, projector);
    return SslLoss.of(ntXent.terms(z.first(), z.second()));
  }
}
