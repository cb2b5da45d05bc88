package io.github.bilevel4j.examples.bilevel;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/**
 * Two quadratics, {@code phi.A phi / 2 - phi.B theta} and {@code |phi - t|^2 + |theta|^2}: {@code
 * phi = M theta} with {@code M = A^-1 B}, and {@code theta = (M^T M + I)^-1 M^T t}.
 */
public final class QuadraticProblem {
  private static final Shape POINT = Shape.of(8, 1);
  private static final double RATE = 0.2;

  private QuadraticProblem() {}

  /** The problem with matrices and target drawn from a seed. */
  public static SolvedProblem drawn(long seed) {
    Draws draws = new Draws(seed);
    Expr a = draws.normal(8, 8).rowGram().dividedBy(8).plusDiagonal(1);
    Expr b = draws.normal(8, 8).dividedBy(3);
    Expr t = draws.normal(8, 1);
    Expr phi = Expr.variable("phi", Array.fill(POINT, i -> 0));
    Expr theta = Expr.variable("theta", Array.fill(POINT, i -> 0));

    Expr energy = phi.dot(a.matmul(phi)).times(0.5).minus(phi.dot(b.matmul(theta)));
    Expr distance = phi.minus(t).squared().sum();
    Expr m = a.positiveDefiniteSolve(b);
    Expr best = m.columnGram().plusDiagonal(1).positiveDefiniteSolve(m.transposedMatmul(t));
    return SolvedProblem.of(
            RATE,
            100,
            (steps, estimator) ->
                Bilevel.problem("quadratic")
                    .inner(Variables.of(phi))
                    .minimize(Objective.of("energy", energy))
                    .solvedBy(steps, Sgd.rate(RATE))
                    .outer(Variables.of(theta))
                    .minimize(
                        Objective.of("distance", distance).plus("size", theta.squared().sum()))
                    .steppedBy(Sgd.rate(0.2).momentum(0.5))
                    .differentiatedBy(estimator),
            phi,
            a.positiveDefiniteSolve(b.matmul(theta)))
        .solvedAt(theta, best);
  }
}
