package io.github.bilevel4j.examples.bilevel;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Optional;

/**
 * Two quadratics, {@code phi.A phi / 2 - phi.B theta} and {@code |phi - t|^2 + |theta|^2}: {@code
 * phi = M theta} with {@code M = A^-1 B}, and {@code theta = (M^T M + I)^-1 M^T t}.
 */
public record QuadraticProblem(Expr a, Expr b, Expr t, Expr phi, Expr theta)
    implements SolvedProblem {
  private static final Shape POINT = Shape.of(8, 1);

  /** The problem with matrices and target drawn from a seed. */
  public static QuadraticProblem drawn(long seed) {
    Draws draws = new Draws(seed);
    Expr a = draws.normal(8, 8).rowGram().dividedBy(8).plusDiagonal(1);
    Expr phi = Expr.variable("phi", Array.fill(POINT, i -> 0));
    Expr theta = Expr.variable("theta", Array.fill(POINT, i -> 0));
    Expr b = draws.normal(8, 8).dividedBy(3);
    return new QuadraticProblem(a, b, draws.normal(8, 1), phi, theta);
  }

  @Override
  public double rate() {
    return 0.2;
  }

  @Override
  public int steps() {
    return 100;
  }

  @Override
  public BilevelProblem problem(int steps, HypergradientEstimator estimator) {
    Expr energy = phi.dot(a.matmul(phi)).times(0.5).minus(phi.dot(b.matmul(theta)));
    Expr distance = phi.minus(t).squared().sum();
    return Bilevel.problem("quadratic")
        .inner(Variables.of(phi))
        .minimize(Objective.of("energy", energy))
        .solvedBy(steps, Sgd.rate(rate()))
        .outer(Variables.of(theta))
        .minimize(Objective.of("distance", distance).plus("size", theta.squared().sum()))
        .steppedBy(Sgd.rate(0.2).momentum(0.5))
        .differentiatedBy(estimator);
  }

  @Override
  public Vector innerSolution() {
    return Vector.of(ImmutableMap.of(phi.name(), a.positiveDefiniteSolve(b.matmul(theta))));
  }

  @Override
  public Optional<Vector> outerSolution() {
    Expr m = a.positiveDefiniteSolve(b);
    Expr best = m.columnGram().plusDiagonal(1).positiveDefiniteSolve(m.transposedMatmul(t));
    return Optional.of(Vector.of(ImmutableMap.of(theta.name(), best)));
  }
}
