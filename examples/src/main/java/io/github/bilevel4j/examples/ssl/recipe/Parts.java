package io.github.bilevel4j.examples.ssl.recipe;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.ColorJitter;
import io.github.bilevel4j.augment.Grayscale;
import io.github.bilevel4j.augment.HorizontalFlip;
import io.github.bilevel4j.augment.RandomResizedCrop;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.losses.state.Queue;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.Queues;

/** What recipes are put together from. */
final class Parts {
  private Parts() {}

  /** The width of embeddings. */
  static int width(Setup s) {
    return s.projector().widths().get(s.projector().widths().length() - 1);
  }

  /** A queue of embeddings. */
  static Queue queue(MethodContext c, String name, Setup s) {
    return Queue.named(name, s.queue(), width(s), c.scope().seed() ^ name.hashCode());
  }

  /** A queue for each of two views, or none. */
  static Queues queues(MethodContext c, String name, Setup s) {
    return new Queues(
        s.queue() == 0
            ? ImmutableList.of()
            : ImmutableList.of(queue(c, name + " 1", s), queue(c, name + " 2", s)));
  }

  /** Color jitter of most images, and grayscale. */
  static Augmentation color(
      double brightness, double contrast, double saturation, double hue, double gray) {
    return ColorJitter.strengths(brightness, contrast, saturation, hue)
        .probability(0.8)
        .then(Grayscale.probability(gray));
  }

  /** Four small views besides, of small parts of the image, 5/8 of its side: 20 pixels of 32. */
  static Setup withSmall(MethodContext c, Setup s) {
    Augmentation small =
        RandomResizedCrop.size(c.side() * 5 / 8)
            .scale(0.05, 0.14)
            .bicubic()
            .then(s.color())
            .then(HorizontalFlip.probability(0.5));
    return s.views(s.views().and(small, 4));
  }

  /** The number of places of the last feature maps. */
  static int places(MethodContext c) {
    Encoder encoder = c.encoder();
    String last = encoder.stages().reverse().get(1);
    Expr image = Expr.input("image", 1, c.side(), c.side(), 3);
    Shape map = encoder.features(last, image, Pass.evaluation()).shape();
    return map.dim(1) * map.dim(2);
  }
}
