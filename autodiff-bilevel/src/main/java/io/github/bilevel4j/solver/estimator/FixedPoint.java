package io.github.bilevel4j.solver.estimator;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.Differentiation;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.OuterLevel;
import io.github.bilevel4j.problem.Settings;
import io.github.bilevel4j.solver.linear.Automatic;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.NeumannSeries;
import io.github.bilevel4j.solver.step.InnerSteps;
import java.util.OptionalInt;
import org.immutables.value.Value;

/**
 * Differentiation of the inner optimizer's fixed point (Grazzi et al., 2020): for the map {@code z
 * <- P(z, theta)} of one step on parameters and memory, at the state after the inner steps,
 *
 * <pre>
 * (I - dP/dz)^T v = dF/dz
 * hypergradient = dF/dtheta + (dP/dtheta)^T v
 * </pre>
 *
 * With K terms of the Neumann series it equals reverse differentiation of the last K of many steps
 * at the solution. It follows whatever the optimizer does: momentum, projection onto a constraint
 * set, weight decay. The operator is not symmetric in general.
 *
 * <p>The step is the last one made, with the rate that a schedule had in it. Where that is small
 * the series needs many terms, as the reported residual tells; {@code Gmres} does not mind.
 */
@Value.Immutable
@Settings
public abstract class FixedPoint implements HypergradientEstimator {
  FixedPoint() {}

  /** With {@code terms} terms of the series {@code v = sum of (dP/dz)^T^k dF/dz}. */
  public static FixedPoint terms(int terms) {
    return by(NeumannSeries.terms(terms));
  }

  /**
   * With the adjoint by a linear solver.
   *
   * @throws UsageError if the solver is for symmetric operators only
   */
  public static FixedPoint by(LinearSolver solver) {
    return ImmutableFixedPoint.of(solver);
  }

  /**
   * With a linear solver for operators that are not symmetric, chosen by the size of the inner
   * optimizer's state: see {@link Automatic}.
   */
  public static FixedPoint auto() {
    return by(Automatic.general());
  }

  @Value.Parameter
  abstract LinearSolver solver();

  @Value.Default
  boolean warmStarted() {
    return false;
  }

  abstract OptionalInt iterationsPerRun();

  /** Whether each solve starts at the adjoint of the last one instead of zero; not by default. */
  public abstract FixedPoint warmStarted(boolean warmStarted);

  /**
   * With {@code iterations} iterations of the solver in one run of the device; see {@link
   * Implicit}.
   */
  public abstract FixedPoint iterationsPerRun(int iterations);

  @Value.Check
  void check() {
    if (solver().needsSymmetry()) {
      throw UsageError.in("fixed point")
          .because("the operator is not symmetric, which the linear solver needs")
          .row("solver", solver().description())
          .maybe("Gmres, BiCgStab or NeumannSeries was meant, or Implicit.by(...).");
    }
    if (warmStarted()) {
      AdjointEstimate.requireWarmStart("fixed point", solver());
    }
    Require.in("fixed point")
        .atLeast(1, "number of iterations in a run", iterationsPerRun().orElse(1));
  }

  @Override
  public Differentiation differentiation(InnerLevel inner) {
    return Differentiation.FIXED_POINT;
  }

  @Override
  public void requireSuits(InnerLevel inner, OuterLevel outer) {
    InnerSteps.requireSteps("fixed point", inner);
  }

  @Override
  public String description() {
    return "fixed point of the inner steps, "
        + solver().description()
        + (warmStarted() ? ", warm-started" : "");
  }

  @Override
  public CompiledEstimator compile(BilevelProblem problem, Engine engine) {
    return new AdjointEstimate(
        problem,
        engine,
        ImmutableImplicit.of(solver())
            .warmStarted(warmStarted())
            .iterationsPerRun(iterationsPerRun()),
        optimizer -> AdjointSystem.fixedPoint(problem, optimizer, engine));
  }
}
