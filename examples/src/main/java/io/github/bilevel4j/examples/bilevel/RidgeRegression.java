package io.github.bilevel4j.examples.bilevel;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/**
 * Ridge regression that learns a penalty {@code exp(l_j)} for each feature from validation data;
 * half of the features have no influence on y. {@code w = (X^T X / n + diag(exp l))^-1 X^T y / n}.
 */
public final class RidgeRegression {
  private static final Shape FEATURES = Shape.of(10, 1);
  private static final double RATE = 0.1;

  private RidgeRegression() {}

  /** The problem on 40 training and 400 validation samples drawn from a seed. */
  public static SolvedProblem drawn(long seed) {
    Draws draws = new Draws(seed);
    Expr truth = Expr.constant(Array.fill(FEATURES, j -> j < 5 ? 1 : 0));
    Expr x = draws.normal(40, 10);
    Expr xv = draws.normal(400, 10);
    Expr y = x.matmul(truth).plus(draws.normal(40, 1));
    Expr yv = xv.matmul(truth).plus(draws.normal(400, 1));
    Expr w = Expr.variable("weights", Array.fill(FEATURES, j -> 0));
    Expr l = Expr.variable("log penalties", Array.fill(FEATURES, j -> 0));

    Expr error = x.matmul(w).minus(y).squared().mean();
    Expr validationError = xv.matmul(w).minus(yv).squared().mean();
    Expr h = x.columnGram().dividedBy(40).plus(l.exp().reshape(10).diagonalMatrix());
    Expr best = h.positiveDefiniteSolve(x.transposedMatmul(y).dividedBy(40));
    return SolvedProblem.of(
        RATE,
        300,
        (steps, estimator) ->
            Bilevel.problem("ridge")
                .inner(Variables.of(w))
                .minimize(Objective.of("error", error).plus("penalty", l.exp().dot(w.squared())))
                .solvedBy(steps, Sgd.rate(RATE))
                .outer(Variables.of(l))
                .minimize(Objective.of("validation error", validationError))
                .steppedBy(Sgd.rate(1))
                .differentiatedBy(estimator),
        w,
        best);
  }
}
