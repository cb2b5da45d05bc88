package io.github.bilevel4j.losses.redundancy;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;

/**
 * The whitening of samples by the Cholesky factor of their covariance: with centered rows {@code
 * X_c [w, d]},
 *
 * <pre>
 * S = (1 - eps) X_c^T X_c / (w - 1) + eps I,   L L^T = S,   y_i = L^-1 x_i.
 * </pre>
 *
 * <p>Without shrinkage the rows y have the covariance I. It is differentiated through the factor.
 *
 * <p>Source: Ermolov, Siarohin, Sangineto, Sebe, "Whitening for self-supervised representation
 * learning", 2021.
 *
 * @param shrinkage {@code eps} of the covariance towards I, in [0, 1)
 */
public record Whitening(double shrinkage) {
  private static final String NAME = "Whitening";

  /**
   * Checks the shrinkage.
   *
   * @throws IllegalArgumentException if it is not in [0, 1)
   */
  public Whitening {
    Require.in(NAME).fraction("shrinkage", shrinkage);
  }

  /**
   * With a shrinkage of the covariance towards I; 0 for none, 1e-3 to 1e-2 in float32.
   *
   * @throws IllegalArgumentException if it is not in [0, 1)
   */
  public static Whitening shrinkage(double shrinkage) {
    return new Whitening(shrinkage);
  }

  /**
   * The whitened samples of each group, {@code [..., w, d]}.
   *
   * @param groups {@code [..., w, d]}: leading axes are groups, each whitened by itself
   * @throws IllegalArgumentException if a group has fewer than two samples, or without shrinkage no
   *     more samples than dimensions, since its covariance is singular then; when it runs, if a
   *     covariance is not positive definite, for which collapsed features without shrinkage are the
   *     reason
   */
  public Expr of(Expr groups) {
    int samples = groups.shape().dim(-2);
    requireRank(groups, samples, groups.shape().dim(-1));
    Expr centered = groups.centered(-2);
    Expr covariance =
        centered
            .columnGram()
            .times((1 - shrinkage) / (samples - 1))
            .plusDiagonal(shrinkage)
            .named("covariance of a sub-batch, shrinkage " + shrinkage);
    return covariance.cholesky().triangularSolve(centered.transposed()).transposed();
  }

  private void requireRank(Expr groups, int samples, int dimensions) {
    if (samples < 2 || (shrinkage == 0 && samples <= dimensions)) {
      throw UsageError.in(NAME)
          .because("the covariance of %d samples in %d dimensions is singular", samples, dimensions)
          .row("samples", groups.label(), groups.shape().toString())
          .value("shrinkage", shrinkage)
          .maybe(
              "a sub-batch of %d samples was meant, or shrinkage(0.001).",
              Math.max(2, 2 * dimensions));
    }
  }
}
