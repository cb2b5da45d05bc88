package io.github.bilevel4j.examples.bench;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/**
 * Labeled samples for logistic regression, whose derivatives are written out by hand.
 *
 * @param x {@code [n, d]}
 * @param signs the labels -1 and 1, {@code [n, 1]}
 */
record LogisticSamples(Expr x, Expr signs) {
  private static final int TRUTH = 3;

  /**
   * Uniform numbers whose range falls from 1 at the first feature to 0.3 at the last one; labeled
   * by a hyperplane, with noise.
   */
  static LogisticSamples of(int seed, int noise, int rows, int features) {
    double[] x = SplitMixArrays.uniform(seed, rows, features).toDoubles();
    Array truth = SplitMixArrays.uniform(TRUTH, features);
    Array disturbance = SplitMixArrays.uniform(noise, rows);
    double[] signs = new double[rows];
    for (int i = 0; i < rows; i++) {
      double margin = 0.5 * disturbance.at(i);
      for (int j = 0; j < features; j++) {
        x[i * features + j] *= 1 - 0.7 * j / Math.max(features - 1, 1);
        margin += x[i * features + j] * truth.at(j);
      }
      signs[i] = margin > 0 ? 1 : -1;
    }
    return new LogisticSamples(
        Expr.constant(Array.wrap(Shape.of(rows, features), x)),
        Expr.constant(Array.wrap(Shape.of(rows, 1), signs)));
  }

  int count() {
    return x.shape().dim(0);
  }

  int features() {
    return x.shape().dim(1);
  }

  /** The mean of {@code log(1 + exp(-y x.w))}. */
  Expr loss(Expr w) {
    return opposed(w).softplus().mean();
  }

  /** The gradient of the loss, {@code -1/n X^T (y p)} with {@code p = sigmoid(-y x.w)}. */
  Expr slope(Expr w) {
    Expr p = opposed(w).sigmoid();
    return x.transposedMatmul(signs.times(p)).reshape(-1).times(-1.0 / count());
  }

  /** The Hessian of the loss, {@code 1/n X^T diag(p (1 - p)) X}. */
  Expr curvature(Expr w) {
    Expr p = opposed(w).sigmoid();
    Expr curvature = p.times(Expr.constant(1).minus(p));
    return x.transposedMatmul(x.times(curvature)).times(1.0 / count());
  }

  private Expr opposed(Expr w) {
    return x.matmul(w.unsqueezed(1)).times(signs.negated());
  }
}
