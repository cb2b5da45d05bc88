package io.github.bilevel4j.examples.bilevel;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Hypergradient;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/**
 * Two strongly convex quadratics, {@code G = phi^T A phi / 2 - phi^T B theta} and {@code F = ||phi
 * - t||^2 / 2 + ||theta||^2 / 4}. In closed form {@code phi* = M theta} with {@code M = A^-1 B},
 * {@code dF/dtheta = M^T (M theta - t) + theta / 2}, and {@code theta* = (M^T M + I/2)^-1 M^T t}.
 */
public record QuadraticProblem(
    Expr a, Expr b, Expr t, Expr phi, Expr theta, Hypergradient estimator)
    implements SolvedProblem {
  private static final Shape POINT = Shape.of(8, 1);

  /** The problem with matrices and target drawn from a seed. */
  public static QuadraticProblem drawn(long seed, Hypergradient estimator) {
    Draws draws = new Draws(seed);
    Expr a = draws.normal(8, 8).rowGram().dividedBy(8).plusDiagonal(1);
    Expr b = draws.normal(8, 8).dividedBy(Math.sqrt(8));
    Expr phi = Expr.variable("phi", Array.fill(POINT, i -> 0));
    Expr theta = Expr.variable("theta", Array.fill(POINT, i -> 0));
    return new QuadraticProblem(a, b, draws.normal(8, 1), phi, theta, estimator);
  }

  @Override
  public BilevelProblem problem() {
    Expr energy = phi.dot(a.matmul(phi)).times(0.5).minus(phi.dot(b.matmul(theta)));
    return Bilevel.problem("quadratic")
        .inner(Variables.of(phi))
        .minimize(Objective.of("energy", energy))
        .solvedBy(100, Sgd.rate(0.2))
        .outer(Variables.of(theta))
        .minimize(
            Objective.of("distance", phi.minus(t).squared().sum().times(0.5))
                .plus("size", 0.25, theta.squared().sum()))
        .steppedBy(Sgd.rate(0.4).momentum(0.5))
        .differentiatedBy(estimator);
  }

  private Expr map() {
    return a.positiveDefiniteSolve(b);
  }

  @Override
  public ImmutableMap<String, Expr> exactValues() {
    Expr m = map();
    Expr best = m.columnGram().plusDiagonal(0.5).positiveDefiniteSolve(m.transposedMatmul(t));
    Expr outer = m.matmul(theta).minus(t).squared().sum().times(0.5);
    return ImmutableMap.of(
        "outer objective", outer.plus(theta.squared().sum().times(0.25)),
        "distance to optimum", theta.minus(best).norm());
  }

  @Override
  public Vector exactHypergradient() {
    Expr m = map();
    Expr slope = m.transposedMatmul(m.matmul(theta).minus(t)).plus(theta.times(0.5));
    return Vector.of(ImmutableMap.of(theta.name(), slope));
  }
}
