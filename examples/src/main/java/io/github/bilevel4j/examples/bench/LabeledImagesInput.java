package io.github.bilevel4j.examples.bench;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/**
 * Random images with random classes for {@link SmallNetwork}.
 *
 * @param pixels {@code [n, side, side, 3]}
 * @param classes as distributions, {@code [n, 10]}
 */
record LabeledImagesInput(Expr pixels, Expr classes) {

  static LabeledImagesInput of(int seed, int count, int side) {
    Array labels = SplitMixArrays.uniform(seed + 1, count);
    double[] classes = new double[count * SmallNetwork.CLASSES];
    for (int i = 0; i < count; i++) {
      classes[i * SmallNetwork.CLASSES + classOf(labels.at(i))] = 1;
    }
    return new LabeledImagesInput(
        Expr.constant(SplitMixArrays.uniform(seed, count, side, side, 3)),
        Expr.constant(Array.wrap(Shape.of(count, SmallNetwork.CLASSES), classes)));
  }

  private static int classOf(double uniform) {
    return (int) (Math.abs(uniform) * SmallNetwork.CLASSES) % SmallNetwork.CLASSES;
  }

  int count() {
    return pixels.shape().dim(0);
  }

  int side() {
    return pixels.shape().dim(1);
  }

  /** The cross-entropy of the network with the given weights, in nats. */
  Expr loss(Vector weights) {
    Expr logits = SmallNetwork.logits(weights, pixels);
    return classes.times(logits.logSoftmax(-1)).sum(-1).mean().negated();
  }
}
