package io.github.bilevel4j.losses.distillation;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.CosineSimilarity;
import io.github.bilevel4j.losses.OnlineTargetPair;
import java.util.List;

/**
 * The loss of SimSiam: each view's prediction should point where the projection of the other view
 * does,
 *
 * <pre>
 * L = -1/2 [ 1/n sum_i cos(p1_i, z2_i) + 1/n sum_i cos(p2_i, z1_i) ].
 * </pre>
 *
 * <p>Predictions {@code p} and projections {@code z} are {@code [n, d]}; rows need not be
 * normalized. The projections are constants: L is alignment alone, the constraint is an operation,
 * this stop-gradient together with the predictor. Of more than two views, the mean over the pairs
 * of different views is taken.
 *
 * <p>Source: Chen, He, "Exploring simple siamese representation learning", 2021.
 */
public final class SimSiamLoss {
  private SimSiamLoss() {}

  /**
   * The loss L, in [-1, 1].
   *
   * @throws IllegalArgumentException if they are not matrices of the same shape, or there are fewer
   *     than two views
   */
  public static Expr of(List<Expr> predictions, List<Expr> projections) {
    return alignment(predictions, projections);
  }

  /**
   * The part of L that draws views of an image together: all of it.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public static Expr alignment(List<Expr> predictions, List<Expr> projections) {
    return OnlineTargetPair.required("SimSiamLoss", "p", predictions, "z", projections)
        .mean((p, z) -> CosineSimilarity.ofRows(p, z).mean())
        .negated();
  }
}
