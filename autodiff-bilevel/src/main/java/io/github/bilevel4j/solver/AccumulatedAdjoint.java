package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.solver.estimator.AdjointSystem;
import io.github.bilevel4j.solver.linear.LinearOperator;
import io.github.bilevel4j.solver.step.StateVector;
import io.github.bilevel4j.solver.step.StatefulOptimizer;
import java.util.function.UnaryOperator;

/**
 * The adjoint's system {@code A v = b} when the only means over micro-batches are the Hessian's
 * products, {@code dF/dphi} and the product {@code d/dtheta <dG/dphi, u>} at the end.
 *
 * @param operator {@code A}
 * @param right from {@code dF/dphi} to {@code b}
 * @param multiplier from {@code v} to {@code u}
 * @param rest from {@code v} to what else it adds to the hypergradient
 */
record AccumulatedAdjoint(
    LinearOperator operator,
    UnaryOperator<Vector> right,
    UnaryOperator<Vector> multiplier,
    UnaryOperator<Vector> rest) {

  /** As {@link AdjointSystem#stationary}: {@code u = -v}. */
  static AccumulatedAdjoint stationary(
      BilevelProblem problem, LinearOperator hessian, double damping) {
    Vector none = problem.outer().variables().vector().zeros();
    return new AccumulatedAdjoint(hessian.plus(damping), b -> b, v -> v.times(-1), v -> none);
  }

  /**
   * As {@link AdjointSystem#fixedPoint}: a step {@code P(z, g, theta)} reads the batch through the
   * mean gradient g alone, so that its derivative by z is {@code P_z + P_g H}, and {@code u = P_g^T
   * v}.
   */
  static AccumulatedAdjoint fixedPoint(
      BilevelProblem problem, LinearOperator hessian, Vector g, StatefulOptimizer descent) {
    Vector theta = problem.outer().variables().vector();
    Vector phi = problem.inner().variables().vector();
    Vector z = StateVector.of(descent.state());
    Vector next = StateVector.of(descent.again(g));
    UnaryOperator<Vector> multiplier = v -> Derivatives.vjp(next, g, v);
    UnaryOperator<Vector> transposed =
        v ->
            v.minus(Derivatives.vjp(next, z, v))
                .minus(alike(z, hessian.times(multiplier.apply(v))));
    UnaryOperator<Vector> plain =
        v ->
            v.minus(Derivatives.jvp(next, z, v))
                .minus(Derivatives.jvp(next, g, hessian.times(alike(phi, v))));
    return new AccumulatedAdjoint(
        LinearOperator.of(transposed, plain),
        b -> alike(z, b),
        multiplier,
        v -> Derivatives.vjp(next, theta, v));
  }

  /** A vector's components under the names of another, with zeros where it has none. */
  private static Vector alike(Vector names, Vector values) {
    ImmutableMap.Builder<String, Expr> all = ImmutableMap.builder();
    names
        .zeros()
        .components()
        .forEach((name, zero) -> all.put(name, values.components().getOrDefault(name, zero)));
    return Vector.of(all.buildOrThrow());
  }
}
