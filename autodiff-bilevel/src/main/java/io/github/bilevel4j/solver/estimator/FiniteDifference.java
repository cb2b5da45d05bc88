package io.github.bilevel4j.solver.estimator;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.Differentiation;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.OuterLevel;
import io.github.bilevel4j.solver.step.InnerSteps;
import java.util.Set;

/**
 * The one-step derivative with the product of second order replaced by a central difference (DARTS,
 * Liu et al., 2019): with {@code v = dF/dphi} at {@code phi_1 = phi_0 - rate dG/dphi},
 *
 * <pre>
 * dF/dtheta + (dphi_0/dtheta)^T v - rate (dG/dtheta(phi_0 + e v) - dG/dtheta(phi_0 - e v)) / (2 e)
 * </pre>
 *
 * where {@code e = radius / ||v||}. The inner problem must be solved by one step of plain gradient
 * descent; each variable may have a rate of its own, then {@code rate v} stands for v. It saves the
 * second derivatives and is off by O(e^2).
 *
 * <p>After more steps of any optimizer, {@link #atSolution()} takes the difference there.
 */
public record FiniteDifference(double radius) implements HypergradientEstimator {
  private static final String NAME = "finite difference";
  private static final double SMALLEST_NORM = 1e-30;

  /**
   * Checks the radius.
   *
   * @throws UsageError if it is not a positive number
   */
  public FiniteDifference {
    Require.in(NAME).positive("radius", radius);
  }

  /** The difference over a step of the given length, 0.01 in DARTS. */
  public static FiniteDifference radius(double radius) {
    return new FiniteDifference(radius);
  }

  /**
   * The difference at the inner solution, with the identity in place of the inverse Hessian: after
   * any number of steps of any optimizer that seeks a stationary point, or none.
   */
  public FiniteDifferenceAtSolution atSolution() {
    return new FiniteDifferenceAtSolution(radius, 1);
  }

  @Override
  public Differentiation differentiation(InnerLevel inner) {
    return Differentiation.STEPS;
  }

  @Override
  public void requireSuits(InnerLevel inner, OuterLevel outer) {
    if (inner.steps() != 1 || !isPlain(inner)) {
      throw UsageError.in(NAME)
          .because("the inner problem is not solved by one step of plain gradient descent")
          .row("inner solver", inner.solver())
          .maybe("solvedBy(1, Sgd.rate(...)) or Unrolled.exact() was meant.");
    }
  }

  /** Whether a step is {@code phi - rate g} with a rate of neither phi nor g, from no memory. */
  private static boolean isPlain(InnerLevel inner) {
    Vector phi = inner.variables().vector();
    Vector g = placeholder(phi);
    Vector rates = scaledByRate(inner, g, phi.map(p -> Expr.filled(1, p.shape())));
    Set<Expr> varying =
        ImmutableSet.copyOf(Iterables.concat(phi.components().values(), g.components().values()));
    return inner.optimizer().start(phi).slots().all().isEmpty()
        && !Iterables.any(Expr.nodesOf(rates.components().values()), varying::contains);
  }

  private static Vector placeholder(Vector like) {
    return like.map(component -> Expr.input("gradient", component.shape().toArray()));
  }

  /** {@code rate v}, the rate being how a step from phi moves against the gradient g. */
  private static Vector scaledByRate(InnerLevel inner, Vector g, Vector v) {
    Vector phi = inner.variables().vector();
    Optimizer optimizer = inner.optimizer();
    Vector stepped = optimizer.next(optimizer.start(phi), g).parameters();
    return Derivatives.vjp(stepped, g, v).times(-1);
  }

  @Override
  public String description() {
    return "one step, finite difference of radius " + radius + " (DARTS)";
  }

  @Override
  public CompiledEstimator compile(BilevelProblem problem, Engine engine) {
    InnerLevel inner = problem.inner();
    Vector theta = problem.outer().variables().vector();
    Vector solution = InnerSteps.unrolled(inner, Vector::detached);
    Expr outer = problem.outer().objective().total();
    Vector firstOrder = Derivatives.gradient(outer.substitute(inner.variables(), solution), theta);
    Vector v =
        Derivatives.gradient(outer, inner.variables().vector())
            .map(g -> g.substitute(inner.variables(), solution));
    return SymbolicEstimate.of(
        problem,
        solution,
        firstOrder.minus(
            ofMixedProduct(
                inner,
                InnerSteps.start(inner),
                scaledByRate(inner, placeholder(v), v),
                theta,
                radius)));
  }

  /**
   * {@code (dG/dtheta(point + e v) - dG/dtheta(point - e v)) / (2 e)}, about {@code d/dtheta
   * <dG/dphi, v>} at the point, for {@code e = radius / ||v||}.
   */
  static Vector ofMixedProduct(
      InnerLevel inner, Vector point, Vector v, Vector theta, double radius) {
    Vector along = v.detached();
    // Where v is zero both ends are the same, whatever e is, if only it is finite.
    Expr e = along.norm().maximum(SMALLEST_NORM).reciprocal().times(radius).detached();
    Expr difference =
        at(inner, point.plus(along.times(e))).minus(at(inner, point.minus(along.times(e))));
    return Derivatives.gradient(difference, theta).times(e.times(2).reciprocal());
  }

  /** The inner objective at a point, a function of the outer variables. */
  private static Expr at(InnerLevel inner, Vector point) {
    return inner.objective().total().substitute(inner.variables(), point);
  }
}
