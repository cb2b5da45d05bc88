package io.github.bilevel4j.solver.estimator;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.solver.linear.LinearOperator;
import io.github.bilevel4j.solver.linear.SolveReport;
import io.github.bilevel4j.solver.step.StateVector;
import io.github.bilevel4j.solver.step.StatefulOptimizer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The linear system whose solution, the adjoint {@code v}, gives the hypergradient.
 *
 * @param kind what A is without damping
 * @param operator {@code A}
 * @param right {@code b}
 * @param pulledBack from the adjoint to what it adds to the direct term {@code dF/dtheta}
 * @param newton the system whose solution corrects the point of differentiation
 */
public record AdjointSystem(
    SolveReport.Operator kind,
    LinearOperator operator,
    Vector right,
    UnaryOperator<Vector> pulledBack,
    Newton newton) {

  /**
   * One Newton step towards the inner solution: {@code J d = r} for the Jacobian J of a residual r.
   *
   * @param operator {@code J}, damped as that of the adjoint is
   * @param right {@code r}
   * @param corrected from {@code d} to the assignments that subtract it
   */
  public record Newton(
      LinearOperator operator, Vector right, Function<Vector, ImmutableList<Update>> corrected) {}

  /**
   * {@code (H + damping I) v = dF/dphi}, pulled back to {@code - d/dtheta <dG/dphi, v>}; corrected
   * along {@code (H + damping I) d = dG/dphi}.
   */
  public static AdjointSystem stationary(
      BilevelProblem problem, Vector innerGradient, double damping) {
    Variables inner = problem.inner().variables();
    Vector phi = inner.vector();
    Vector theta = problem.outer().variables().vector();
    LinearOperator hessian = v -> Derivatives.vjp(innerGradient, phi, v);
    LinearOperator damped = hessian.plus(damping);
    return new AdjointSystem(
        SolveReport.Operator.HESSIAN,
        damped,
        Derivatives.gradient(problem.outer().objective().total(), phi),
        v -> Derivatives.vjp(innerGradient, theta, v).times(-1),
        new Newton(damped, innerGradient, d -> Update.of(inner, phi.minus(d))));
  }

  /**
   * {@code (I - P_z^T) v = dF/dz}, pulled back to {@code P_theta^T v}, for the map {@code z <- P(z,
   * theta)} of the last optimizer step on the state {@code z}, parameters and memory; corrected
   * along {@code (I - P_z) d = z - P(z, theta)}.
   */
  public static AdjointSystem fixedPoint(
      BilevelProblem problem, Vector innerGradient, StatefulOptimizer descent) {
    Vector theta = problem.outer().variables().vector();
    Vector z = StateVector.of(descent.state());
    Vector map = StateVector.of(descent.again(innerGradient));
    Vector right = Derivatives.gradient(problem.outer().objective().total(), z);
    UnaryOperator<Vector> residual = v -> v.minus(Derivatives.jvp(map, z, v));
    UnaryOperator<Vector> transposed = v -> v.minus(Derivatives.vjp(map, z, v));
    return new AdjointSystem(
        SolveReport.Operator.FIXED_POINT,
        LinearOperator.of(transposed, residual),
        right,
        v -> Derivatives.vjp(map, theta, v),
        new Newton(
            LinearOperator.of(residual, transposed), z.minus(map), d -> descent.at(z.minus(d))));
  }
}
