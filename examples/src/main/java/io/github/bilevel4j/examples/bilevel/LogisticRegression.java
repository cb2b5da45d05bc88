package io.github.bilevel4j.examples.bilevel;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Box;
import io.github.bilevel4j.optimizer.Projected;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/**
 * Logistic regression that learns its penalty from validation data, one for all features (l2) or
 * one for each; half of the features have no influence. With labels {@code y} of -1 and 1,
 *
 * <pre>
 * inner: w*(l) = argmin mean log(1 + exp(-y X w)) + 1/2 sum_j exp(l_j) w_j^2
 * outer: F(l)  = mean log(1 + exp(-y' X' w*(l)))   on validation data X', y'
 * </pre>
 *
 * The logarithms of the penalties are kept in [-6, 1].
 *
 * <p>There is no closed form for {@code w*}. Newton's step {@code N(w, l) = w - H^-1 g} does not
 * depend on w to first order at {@code w*}, so that {@code dN/dl = -H^-1 dg/dl = dw* / dl}: the
 * last of a few steps is differentiated alone.
 */
public final class LogisticRegression {
  private static final Shape FEATURES = Shape.of(10, 1);
  private static final double RATE = 0.4;
  private static final int NEWTON_STEPS = 10;

  private LogisticRegression() {}

  /** With one penalty for each feature. */
  public static SolvedProblem penaltyEach(long seed) {
    return drawn(seed, 10);
  }

  /** With one penalty for all features. */
  public static SolvedProblem penaltyForAll(long seed) {
    return drawn(seed, 1);
  }

  private static SolvedProblem drawn(long seed, int penalties) {
    Draws draws = new Draws(seed);
    Expr truth = Expr.constant(Array.fill(FEATURES, j -> j < 5 ? 1 : 0));
    Expr x = draws.normal(60, 10);
    Expr xv = draws.normal(400, 10);
    Expr y = x.matmul(truth).plus(draws.normal(60, 1)).sign();
    Expr yv = xv.matmul(truth).plus(draws.normal(400, 1)).sign();
    Expr w = Expr.variable("weights", Array.fill(FEATURES, j -> 0));
    Expr l = Expr.variable("log penalties", Array.fill(Shape.of(penalties, 1), j -> -3));

    Expr penalty = l.exp().times(w.squared()).sum();
    return SolvedProblem.of(
        RATE,
        300,
        (steps, estimator) ->
            Bilevel.problem("logistic")
                .inner(Variables.of(w))
                .minimize(Objective.of("error", error(x, y, w)).plus("penalty", 0.5, penalty))
                .solvedBy(steps, Sgd.rate(RATE))
                .outer(Variables.of(l))
                .minimize(Objective.of("validation error", error(xv, yv, w)))
                .steppedBy(Projected.onto(Box.between(-6, 1), Adam.rate(0.1)))
                .differentiatedBy(estimator),
        w,
        best(x, y, l.exp().broadcastTo(FEATURES)));
  }

  private static Expr error(Expr x, Expr y, Expr w) {
    return y.times(x.matmul(w)).negated().softplus().mean();
  }

  /** By Newton's method. */
  private static Expr best(Expr x, Expr y, Expr penalty) {
    double n = x.shape().dim(0);
    Expr w = Expr.filled(0, FEATURES);
    for (int step = 0; step < NEWTON_STEPS; step++) {
      Expr at = w.detached();
      Expr wrong = y.times(x.matmul(at)).negated().sigmoid();
      Expr g = penalty.times(at).minus(x.transposedMatmul(y.times(wrong)).dividedBy(n));
      Expr curvature = wrong.minus(wrong.squared()).dividedBy(n);
      Expr h = x.transposedMatmul(curvature.times(x)).plus(penalty.reshape(-1).diagonalMatrix());
      w = at.minus(h.positiveDefiniteSolve(g));
    }
    return w;
  }
}
