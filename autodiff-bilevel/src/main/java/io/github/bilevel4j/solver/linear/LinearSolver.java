package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.expr.Vector;
import java.util.Optional;

/**
 * A method for {@code A x = b} as a pure function from iterate to iterate. A user's own method
 * implements {@link #start}, {@link #next} and {@link #description}; Richardson's iteration, for
 * example:
 *
 * <pre>{@code
 * public Iterate start(LinearSystem system) {
 *   return Iterate.at(system.start()).with("residual", system.startingResidual());
 * }
 *
 * public Iterate next(LinearSystem system, Iterate now) {
 *   Vector r = now.vector("residual");
 *   return Iterate.at(now.solution().plus(r.times(a)))
 *       .with("residual", r.minus(system.times(r).times(a)));
 * }
 * }</pre>
 *
 * <p>Both return the same vectors in the same order. What {@code next} computes from the system
 * alone, such as the primal pass of a Hessian-vector product, is computed once for all iterations.
 *
 * <p>A right side whose largest element is below the precision's rounding or above its inverse, so
 * that squares might underflow or overflow, is divided by a power of two before a method sees it,
 * the guess with it, and the solution is multiplied by it. A method that brings numbers of its own,
 * such as another guess, must not mind.
 */
public interface LinearSolver {

  /** The iterate before the first iteration. */
  Iterate start(LinearSystem system);

  /** The iterate after one more iteration. */
  Iterate next(LinearSystem system, Iterate now);

  /** The solution that an iterate stands for: the vector of that name, unless overridden. */
  default Vector solution(LinearSystem system, Iterate last) {
    return last.solution();
  }

  /**
   * The number of iterations, or the greatest one if the method stops earlier.
   *
   * @param dimension of the system
   */
  int iterationsFor(long dimension);

  /** The residual, relative to the right side, at which to stop; 0 makes all iterations. */
  default double tolerance() {
    return 0;
  }

  /** Products with {@code A} in one iteration. */
  default int productsPerIteration() {
    return 1;
  }

  /** Whether the method is right for symmetric operators only. */
  default boolean needsSymmetry() {
    return false;
  }

  /**
   * Whether a measured {@link Iterate#CURVATURE} that is not positive stops the solve with an
   * error; if not, it is reported.
   */
  default boolean needsPositiveCurvature() {
    return true;
  }

  /** Whether the method goes on from {@link LinearSystem#guess}. */
  default boolean usesGuess() {
    return true;
  }

  /** Whether the method uses {@link LinearSystem#preconditioner}. */
  default boolean usesPreconditioner() {
    return false;
  }

  /** The method that is used for a dimension: this one, unless it stands for a choice. */
  default LinearSolver chosenFor(long dimension) {
    return this;
  }

  /** Why a method that stands for a choice is what it is for a dimension; empty if it is none. */
  default Optional<String> reasonFor(long dimension) {
    return Optional.empty();
  }

  /** What a message advises where the curvature is not positive: a method that does not mind. */
  default String indefiniteAlternative() {
    return "Minres.steps(...)";
  }

  /** What a message advises where the residual grows beyond all bounds. */
  default String adviceWhenDiverged() {
    return "the operator is singular or nearly so: damping, or a greater weight in near(...), would"
        + " help.";
  }

  /** For instance {@code conjugate gradient, at most 10 iterations}. */
  String description();
}
