package io.github.bilevel4j.solver.estimator;

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
import io.github.bilevel4j.problem.OuterLevel;
import io.github.bilevel4j.problem.Settings;
import io.github.bilevel4j.solver.step.InnerSteps;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.immutables.value.Value;

/**
 * Unrolled differentiation: the derivative of {@code F(theta, phi_T(theta))} through the T steps of
 * the inner solver, {@code phi_{t+1} = phi_t - rate * dG/dphi(phi_t, theta)} or whatever its
 * optimizer does, starting point included.
 *
 * <p>{@link #exact()} follows second derivatives and is exact for the given number of steps (MAML,
 * Finn et al., 2017; with one step from {@code theta}, Eq. 8 of UMM: {@code (I - rate H) dF/dphi}).
 * {@link #last(int)} follows the last steps alone (truncated back-propagation, Shaban et al.,
 * 2019): near a minimum of curvature {@code mu}, K steps of gradient descent leave an error of the
 * order {@code (1 - rate mu)^K}. {@link #firstOrder()} takes each inner gradient as a constant
 * (first-order MAML): what is left is the direct term and the starting point's; it is biased.
 *
 * <p>All steps are written out in one program unless {@link #checkpointed(int)} says otherwise.
 */
@Value.Immutable
@Settings
public abstract class Unrolled implements HypergradientEstimator {
  private static final String NAME = "unrolled";

  Unrolled() {}

  /** The exact derivative through all steps. Time and memory grow with their number. */
  public static Unrolled exact() {
    return ImmutableUnrolled.of(true, OptionalInt.empty());
  }

  /**
   * The derivative through the last K steps; the state before them counts as a constant. Time and
   * memory of the derivative grow with K. With as many as there are steps it is exact.
   *
   * @throws UsageError if there are none; and when the problem is built, if it has fewer steps, or
   *     if the outer variables act through the starting point alone, which is cut off
   */
  public static Unrolled last(int steps) {
    return ImmutableUnrolled.of(true, OptionalInt.of(steps));
  }

  /** The derivative without the terms of second order; biased. */
  public static Unrolled firstOrder() {
    return ImmutableUnrolled.of(false, OptionalInt.empty());
  }

  @Value.Parameter
  abstract boolean secondOrder();

  @Value.Parameter
  abstract OptionalInt lastSteps();

  abstract OptionalInt checkpointed();

  /**
   * The same derivative by recomputation (Griewank and Walther, 2000): the steps are made one by
   * one, the whole state of the inner solver is kept on the device where each segment begins, and
   * the segments are recomputed and differentiated from the last to the first.
   *
   * <p>With T steps in segments of S it keeps T / S states and the intermediate values of S steps
   * instead of those of T, for one more evaluation of the inner gradients; what is compiled does
   * not grow with T. The inner steps may have a stream of feeds of their own, which is kept on the
   * host.
   *
   * @param segment the number of steps that are recomputed together: 1 for the least memory, about
   *     the root of T where the state is as large as a step's intermediate values
   * @throws UsageError if there are none
   */
  public abstract Unrolled checkpointed(int segment);

  @Value.Check
  void check() {
    Require.in(NAME)
        .atLeast(1, "number of steps to differentiate", lastSteps().orElse(1))
        .atLeast(1, "number of steps in a segment", checkpointed().orElse(1));
  }

  @Override
  public Differentiation differentiation(InnerLevel inner) {
    return differentiated(inner) < inner.steps()
        ? Differentiation.LAST_STEPS
        : Differentiation.STEPS;
  }

  @Override
  public void requireSuits(InnerLevel inner, OuterLevel outer) {
    InnerSteps.requireSteps(NAME, inner);
    int steps = differentiated(inner);
    if (steps > inner.steps()) {
      throw UsageError.in(NAME)
          .because("the last %d steps are to be differentiated of %d", steps, inner.steps())
          .row("inner solver", inner.solver())
          .maybe("Unrolled.exact() was meant.");
    }
    if (checkpointed().isPresent()
        && inner.parts().stream().anyMatch(part -> part.steps() != inner.steps())
        && steps < inner.steps()) {
      throw UsageError.in(NAME)
          .because("the last steps in segments are not those of each level side by side")
          .row("inner solver", inner.solver())
          .maybe("the same number of steps for each was meant, or no checkpointed(...).");
    }
  }

  private int differentiated(InnerLevel inner) {
    return lastSteps().orElse(inner.steps());
  }

  @Override
  public String description() {
    String what =
        lastSteps().isPresent()
            ? "unrolled through the last " + lastSteps().getAsInt() + " inner steps (truncated)"
            : secondOrder()
                ? "exact, unrolled through the inner steps"
                : "first order, inner gradients taken as constants (biased)";
    return what
        + (checkpointed().isPresent()
            ? ", recomputed in segments of " + checkpointed().getAsInt()
            : "");
  }

  @Override
  public CompiledEstimator compile(BilevelProblem problem, Engine engine) {
    InnerLevel inner = problem.inner();
    UnaryOperator<Vector> differentiable = secondOrder() ? g -> g : Vector::detached;
    if (checkpointed().isPresent()) {
      return new CheckpointedEstimate(
          problem,
          engine,
          new CheckpointedEstimate.Settings(
              differentiable, differentiated(inner), checkpointed().getAsInt()));
    }
    Vector solution = InnerSteps.unrolled(inner, differentiable, differentiated(inner));
    Expr outer = problem.outer().objective().total().substitute(inner.variables(), solution);
    return SymbolicEstimate.of(
        problem, solution, Derivatives.gradient(outer, problem.outer().variables().vector()));
  }
}
