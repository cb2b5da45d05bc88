package io.github.bilevel4j.losses.distillation;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.CosineSimilarity;
import io.github.bilevel4j.losses.OnlineTargetPair;
import io.github.bilevel4j.losses.ViewPair;
import java.util.List;

/**
 * The loss of BYOL: each view's prediction should be the target network's projection of the other
 * view, rows having length one,
 *
 * <pre>
 * L = 1/n sum_i |p1_i - z2_i|^2 + 1/n sum_i |p2_i - z1_i|^2,   |p - z|^2 = 2 - 2 cos(p, z).
 * </pre>
 *
 * <p>Predictions {@code p} and targets {@code z} are {@code [n, d]}; rows need not be normalized.
 * The targets are constants: L is alignment alone, the constraint is an operation, the target
 * network's moving average, with stop-gradient and predictor. Of more than two views, twice the
 * mean over the pairs of different views is taken.
 *
 * <p>Source: Grill et al., "Bootstrap your own latent: a new approach to self-supervised learning",
 * 2020.
 */
public final class ByolLoss {
  private ByolLoss() {}

  /**
   * The loss L, in [0, 8].
   *
   * @throws IllegalArgumentException if they are not matrices of the same shape, or there are fewer
   *     than two views
   */
  public static Expr of(List<Expr> predictions, List<Expr> targets) {
    return alignment(predictions, targets);
  }

  /**
   * The part of L of one direction, {@code 1/n sum_i |p_i - z_i|^2} of unit rows; z is a constant.
   *
   * @throws IllegalArgumentException if they are not matrices of the same shape
   */
  public static Expr distance(Expr prediction, Expr target) {
    ViewPair rows = ViewPair.required("ByolLoss", prediction, target.detached());
    return CosineSimilarity.ofRows(rows.first(), rows.second()).mean().minus(1).times(-2);
  }

  /**
   * The part of L that draws views of an image together: all of it.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public static Expr alignment(List<Expr> predictions, List<Expr> targets) {
    return OnlineTargetPair.required("ByolLoss", "p", predictions, "z", targets)
        .mean(ByolLoss::distance)
        .times(2);
  }
}
