package io.github.bilevel4j.examples.umm;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Randomness;
import io.github.bilevel4j.losses.information.Density;
import java.util.function.UnaryOperator;

/** How the density of the last layers' features is computed; see {@link Density}. */
@FunctionalInterface
public interface FeatureDensity {

  /**
   * The logarithm of the density over the samples of both views, {@code [2 n]}.
   *
   * @param last the layers after the early stage, acting on each sample by itself
   * @param loss the self-supervised loss of both views
   * @param e1 the early features of the first view
   * @param e2 the early features of the second view
   */
  Expr of(UnaryOperator<Expr> last, Expr loss, Expr e1, Expr e2);

  /** By the norm of the loss's gradient, as in the published program. */
  static FeatureDensity gradientNorm() {
    return (last, loss, e1, e2) -> Density.gradientNorm(loss, e1, e2);
  }

  /** By the determinant of the whole Jacobian, one reverse pass for each feature. */
  static FeatureDensity jacobian() {
    return (last, loss, e1, e2) -> Density.jacobian(last, Expr.concat(0, e1, e2));
  }

  /** By the determinant of the Jacobian's projection on so many random directions. */
  static FeatureDensity projected(int directions, Randomness randomness) {
    return (last, loss, e1, e2) ->
        Density.projectedJacobian(last, Expr.concat(0, e1, e2), directions, randomness);
  }
}
