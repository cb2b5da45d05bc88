package io.github.bilevel4j.solver.estimator;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Substitution;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.solver.linear.LinearOperator;
import io.github.bilevel4j.solver.linear.SolveReport;
import io.github.bilevel4j.solver.step.InnerSteps;
import io.github.bilevel4j.solver.step.StateVector;
import io.github.bilevel4j.solver.step.StatefulOptimizer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The linear system {@code (A + damping I) v = b} whose solution, the adjoint {@code v}, gives the
 * hypergradient.
 *
 * @param kind what A is
 * @param undamped {@code A}
 * @param damping the multiple of the identity
 * @param right {@code b}
 * @param pulledBack from the adjoint to what it adds to the direct term {@code dF/dtheta}
 * @param newton the system whose solution corrects the point of differentiation
 */
public record AdjointSystem(
    SolveReport.Operator kind,
    LinearOperator undamped,
    double damping,
    Vector right,
    UnaryOperator<Vector> pulledBack,
    Newton newton) {

  /**
   * One Newton step towards the inner solution: {@code J d = r} for the Jacobian J of a residual r.
   *
   * @param undamped {@code J}, which is damped as that of the adjoint is
   * @param right {@code r}
   * @param corrected from {@code d} to the assignments that subtract it
   */
  public record Newton(
      LinearOperator undamped, Vector right, Function<Vector, ImmutableList<Update>> corrected) {}

  /** {@code A + damping I}. */
  public LinearOperator operator() {
    return undamped.plus(damping);
  }

  /** The operator of the Newton step, damped alike. */
  public LinearOperator newtonOperator() {
    return newton.undamped().plus(damping);
  }

  /** Whether A is symmetric. */
  public boolean isSymmetric() {
    return kind == SolveReport.Operator.HESSIAN;
  }

  /** The same system with another damping. */
  public AdjointSystem withDamping(double other) {
    return new AdjointSystem(kind, undamped, other, right, pulledBack, newton);
  }

  /**
   * {@code (H + damping I) v = dF/dphi}, pulled back to {@code - d/dtheta <dG/dphi, v>}; corrected
   * along {@code (H + damping I) d = dG/dphi}.
   */
  public static AdjointSystem stationary(BilevelProblem problem, double damping, Engine engine) {
    Variables inner = problem.inner().variables();
    Vector phi = inner.vector();
    Vector theta = problem.outer().variables().vector();
    Vector gradient = InnerSteps.gradient(problem.inner());
    LinearOperator hessian = v -> engine.batchMean(v, d -> Derivatives.vjp(gradient, phi, d));
    return new AdjointSystem(
        SolveReport.Operator.HESSIAN,
        hessian,
        damping,
        engine.batchMean(Derivatives.gradient(problem.outer().objective().total(), phi)),
        v -> engine.batchMean(v, d -> Derivatives.vjp(gradient, theta, d)).times(-1),
        new Newton(hessian, engine.batchMean(gradient), d -> Update.of(inner, phi.minus(d))));
  }

  /**
   * {@code (I - P_z^T) v = dF/dz}, pulled back to {@code P_theta^T v}, for the map {@code z <- P(z,
   * theta)} of the last optimizer step on the state {@code z}, parameters and memory; corrected
   * along {@code (I - P_z) d = z - P(z, theta)}.
   *
   * <p>A step {@code Q(z, g, theta)} reads the batch through the inner gradient g alone, so that
   * {@code P_z = Q_z + Q_g H} on the parameters and {@code P_theta = Q_theta + Q_g dg/dtheta}: all
   * that is averaged over a batch are products with derivatives of g.
   */
  public static AdjointSystem fixedPoint(
      BilevelProblem problem, StatefulOptimizer optimizer, Engine engine) {
    Vector phi = problem.inner().variables().vector();
    Vector theta = problem.outer().variables().vector();
    Vector gradient = InnerSteps.gradient(problem.inner());
    Vector g = gradient.map(c -> Expr.input("inner gradient", c.shape().toArray()));
    Vector z = StateVector.of(optimizer.state());
    Vector step = StateVector.of(optimizer.repeatLast(g));
    Substitution atGradient = substitution(g, engine.batchMean(gradient));

    LinearOperator hessian = v -> engine.batchMean(v, d -> Derivatives.vjp(gradient, phi, d));
    UnaryOperator<Vector> toGradient = v -> atGradient.apply(Derivatives.vjp(step, g, v));
    UnaryOperator<Vector> transposed =
        v ->
            v.minus(atGradient.apply(Derivatives.vjp(step, z, v)))
                .minus(StateVector.withoutMemory(z, hessian.times(toGradient.apply(v))));
    UnaryOperator<Vector> plain =
        v ->
            v.minus(atGradient.apply(Derivatives.jvp(step, z, v)))
                .minus(
                    atGradient.apply(
                        Derivatives.jvp(step, g, hessian.times(StateVector.parameters(phi, v)))));
    return new AdjointSystem(
        SolveReport.Operator.FIXED_POINT,
        LinearOperator.of(transposed, plain),
        0,
        StateVector.withoutMemory(
            z, engine.batchMean(Derivatives.gradient(problem.outer().objective().total(), phi))),
        v ->
            atGradient
                .apply(Derivatives.vjp(step, theta, v))
                .plus(
                    engine.batchMean(
                        toGradient.apply(v), u -> Derivatives.vjp(gradient, theta, u))),
        new Newton(
            LinearOperator.of(plain, transposed),
            z.minus(atGradient.apply(step)),
            d -> optimizer.at(z.minus(d))));
  }

  private static Substitution substitution(Vector places, Vector values) {
    Map<Expr, Expr> replacements = new HashMap<>();
    places.components().forEach((name, place) -> replacements.put(place, values.get(name)));
    return Substitution.of(replacements);
  }
}
