package org.example;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.augment.Augmentations;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.ViewPair;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.MethodRecipe;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.Recipe;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.SslMethod;

/**
 * A self-supervised method and its recipe. The recipe is started by its class name: {@code pretrain
 * 'org.example.Spectral$Published'}.
 */
public record Spectral(Layer projector) implements SslMethod {

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> views) {
    ViewPair z = network.embedPair(views, projector);
    return SslLoss.of(
        SpectralLoss.alignment(z.first(), z.second()),
        SpectralLoss.constraint(z.first(), z.second()));
  }

  /** The method with its heads, views and optimizer. */
  public static final class Published implements MethodRecipe {

    @Override
    public String id() {
      return "spectral";
    }

    @Override
    public Recipe recipe(MethodContext c) {
      return new Recipe(
          new Spectral(c.projector(c.mlp(16, 8))),
          Augmentations.symmetric(c.side()).then(new RandomNoise(0.05, 0.5)),
          Adam.rate(c.scaled(1e-3)));
    }
  }
}
