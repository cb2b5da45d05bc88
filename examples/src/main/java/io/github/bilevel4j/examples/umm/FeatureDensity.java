package io.github.bilevel4j.examples.umm;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.losses.information.Density;
import java.util.List;
import java.util.function.UnaryOperator;

/** How the density of the last layers' features is computed; see {@link Density}. */
@FunctionalInterface
public interface FeatureDensity {

  /**
   * The logarithm of the volume that the last layers give a unit cube at each sample, {@code log
   * V_i}, which the density is one over ({@link Density#ofLogVolumes}): of the views that the
   * online network saw, {@code [views n]}; those that only a moving average of it saw have no part
   * in it.
   *
   * @param last the layers after the early stage, acting on each sample by itself
   * @param loss the self-supervised loss
   * @param early the early features of each of these views, which may differ in size, such that the
   *     loss depends on all of them
   */
  Expr of(UnaryOperator<Expr> last, Expr loss, Expr... early);

  /** By the norm of the loss's gradient, as in the published program. */
  static FeatureDensity gradientNorm() {
    return (last, loss, early) -> Density.logGradientNorms(loss, early);
  }

  /** By the determinant of the whole Jacobian, one reverse pass for each feature. */
  static FeatureDensity jacobian() {
    return (last, loss, early) -> Density.halfLogDeterminants(last, List.of(early));
  }

  /** By the determinant of the Jacobian's projection on so many random directions. */
  static FeatureDensity projected(int directions, RandomKey randomness) {
    return (last, loss, early) ->
        Density.projectedHalfLogDeterminants(last, List.of(early), directions, randomness);
  }
}
