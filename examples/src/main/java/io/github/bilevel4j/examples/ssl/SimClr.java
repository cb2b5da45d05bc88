package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.ViewPair;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.ssl.CosineMethod;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.SslLoss;

/**
 * SimCLR (Chen et al., 2020): the two views of an image attract each other on the sphere, all other
 * images repel.
 */
public record SimClr(Layer projector, NtXent ntXent) implements CosineMethod {

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> views) {
    ViewPair z = network.embedPair(views, projector);
    return SslLoss.of(ntXent.terms(z.first(), z.second()))
        .ofImages(ntXent.ofImages(z.first(), z.second()));
  }
}
