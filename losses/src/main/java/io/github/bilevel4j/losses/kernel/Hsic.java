package io.github.bilevel4j.losses.kernel;

import io.github.bilevel4j.expr.Expr;

/**
 * Estimates of the Hilbert-Schmidt independence criterion of samples in groups, {@code [k, n, d]}:
 * sample (p, i) is view p of image i.
 */
sealed interface Hsic permits ExactHsic, RandomFeatureHsic {

  /**
   * The dependence on the image that a sample is of, a scalar. Views of an image are compared with
   * themselves too, which adds the constant {@code 1 / (k - 1)} for a kernel with k(x, x) = 1.
   */
  Expr withImages(Expr samples);

  /** The dependence on itself, a scalar: zero if all samples are equal. */
  Expr withSelf(Expr samples);
}
