package io.github.bilevel4j.examples.bilevel;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Box;
import io.github.bilevel4j.optimizer.Projected;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
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
public record LogisticRegression(Expr x, Expr y, Expr xv, Expr yv, Expr w, Expr l)
    implements SolvedProblem {
  private static final int FEATURES = 10;
  private static final int NEWTON_STEPS = 10;

  /** With one penalty for each feature. */
  public static LogisticRegression penaltyEach(long seed) {
    return drawn(seed, FEATURES);
  }

  /** With one penalty for all features. */
  public static LogisticRegression penaltyForAll(long seed) {
    return drawn(seed, 1);
  }

  private static LogisticRegression drawn(long seed, int penalties) {
    Draws draws = new Draws(seed);
    Expr truth = Expr.constant(Array.fill(Shape.of(FEATURES, 1), j -> j < FEATURES / 2 ? 1 : 0));
    Expr x = draws.normal(60, FEATURES);
    Expr xv = draws.normal(400, FEATURES);
    Expr y = x.matmul(truth).plus(draws.normal(60, 1)).sign();
    Expr yv = xv.matmul(truth).plus(draws.normal(400, 1)).sign();
    Expr w = Expr.variable("weights", Array.fill(Shape.of(FEATURES, 1), j -> 0));
    Expr l = Expr.variable("log penalties", Array.fill(Shape.of(penalties, 1), j -> -3));
    return new LogisticRegression(x, y, xv, yv, w, l);
  }

  @Override
  public double rate() {
    return 0.4;
  }

  @Override
  public int steps() {
    return 300;
  }

  @Override
  public BilevelProblem problem(int steps, HypergradientEstimator estimator) {
    Expr error = y.times(x.matmul(w)).negated().softplus().mean();
    Expr validationError = yv.times(xv.matmul(w)).negated().softplus().mean();
    return Bilevel.problem("logistic")
        .inner(Variables.of(w))
        .minimize(
            Objective.of("error", error).plus("penalty", 0.5, l.exp().times(w.squared()).sum()))
        .solvedBy(steps, Sgd.rate(rate()))
        .outer(Variables.of(l))
        .minimize(Objective.of("validation error", validationError))
        .steppedBy(Projected.onto(Box.between(-6, 1), Adam.rate(0.1)))
        .differentiatedBy(estimator);
  }

  @Override
  public Vector innerSolution() {
    Expr at = Expr.filled(0, w.shape());
    for (int step = 0; step < NEWTON_STEPS; step++) {
      at = newton(at.detached());
    }
    return Vector.of(ImmutableMap.of(w.name(), at));
  }

  private Expr newton(Expr at) {
    double n = x.shape().dim(0);
    Expr penalty = l.exp().broadcastTo(w.shape());
    Expr wrong = y.times(x.matmul(at)).negated().sigmoid();
    Expr g = penalty.times(at).minus(x.transposedMatmul(y.times(wrong)).dividedBy(n));
    Expr curvature = wrong.minus(wrong.squared()).dividedBy(n);
    Expr h = x.transposedMatmul(curvature.times(x)).plus(penalty.reshape(-1).diagonalMatrix());
    return at.minus(h.positiveDefiniteSolve(g));
  }
}
