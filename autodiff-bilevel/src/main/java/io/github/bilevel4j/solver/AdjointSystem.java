package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.solver.linear.LinearOperator;
import java.util.function.UnaryOperator;

/**
 * The linear system whose solution, the adjoint {@code v}, gives the hypergradient.
 *
 * @param operator {@code A}
 * @param right {@code b}
 * @param pulledBack from the adjoint to what it adds to the direct term {@code dF/dtheta}
 */
record AdjointSystem(LinearOperator operator, Vector right, UnaryOperator<Vector> pulledBack) {

  /** {@code (H + damping I) v = dF/dphi}, pulled back to {@code - d/dtheta <dG/dphi, v>}. */
  static AdjointSystem stationary(BilevelProblem problem, Vector innerGradient, double damping) {
    Vector phi = problem.inner().variables().vector();
    Vector theta = problem.outer().variables().vector();
    LinearOperator hessian = v -> Derivatives.vjp(innerGradient, phi, v);
    return new AdjointSystem(
        hessian.plus(damping),
        Derivatives.gradient(problem.outer().objective().total(), phi),
        v -> Derivatives.vjp(innerGradient, theta, v).times(-1));
  }

  /**
   * {@code (I - P_z^T) v = dF/dz}, pulled back to {@code P_theta^T v}, for the map {@code z <- P(z,
   * theta)} of one optimizer step on the state {@code z}, parameters and memory.
   */
  static AdjointSystem fixedPoint(BilevelProblem problem, Vector innerGradient, Descent descent) {
    Vector theta = problem.outer().variables().vector();
    Vector z = flat(descent.state());
    Vector map = flat(descent.next(innerGradient));
    Vector right = Derivatives.gradient(problem.outer().objective().total(), z);
    return new AdjointSystem(
        v -> v.minus(Derivatives.vjp(map, z, v)), right, v -> Derivatives.vjp(map, theta, v));
  }

  private static Vector flat(Optimizer.State state) {
    ImmutableMap.Builder<String, Expr> all = ImmutableMap.builder();
    all.putAll(state.parameters().components());
    state
        .slots()
        .forEach(
            (slot, vector) ->
                vector.components().forEach((name, c) -> all.put(slot + " of " + name, c)));
    return Vector.of(all.buildOrThrow());
  }
}
