package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Settings;
import org.immutables.value.Value;

/**
 * The truncated Neumann series with a step {@code s},
 *
 * <pre>
 * x_K = s sum over k &lt; K of (I - s A)^k b
 * </pre>
 *
 * which tends to {@code A^-1 b} if all eigenvalues of {@code s A} are in the disc of radius one
 * about one; {@code s = 1 / L} with the greatest eigenvalue L is safe for a symmetric positive
 * definite operator (Lorraine et al., 2020). K terms cost K products, the last of which is for the
 * residual. Other programs count K + 1 terms as K iterations.
 */
@Value.Immutable
@Settings
public abstract class NeumannSeries implements LinearSolver {
  private static final String RESIDUAL = "residual";

  NeumannSeries() {}

  /** So many terms of the series, with step 1. */
  public static NeumannSeries terms(int terms) {
    return ImmutableNeumannSeries.of(terms);
  }

  @Value.Parameter
  abstract int count();

  @Value.Default
  double stepSize() {
    return 1;
  }

  @Value.Default
  @Override
  public double tolerance() {
    return 0;
  }

  /** With a step {@code s}, greater than zero; 1 by default. */
  public abstract NeumannSeries stepSize(double size);

  /** Stopping early at this residual relative to the right side; 0, never, by default. */
  public abstract NeumannSeries tolerance(double tolerance);

  @Value.Check
  void check() {
    Require.in("Neumann series")
        .atLeast(1, "number of iterations", count())
        .fraction("tolerance", tolerance());
    if (!(stepSize() > 0) || Double.isInfinite(stepSize())) {
      throw UsageError.in("Neumann series")
          .because("the step size is not a positive number, %s", stepSize())
          .maybe("one over the greatest eigenvalue of the operator was meant.");
    }
  }

  @Override
  public int iterationsFor(long dimension) {
    return count();
  }

  @Override
  public Iterate start(LinearSystem system) {
    return iterate(system.start(), system.startingResidual());
  }

  @Override
  public Iterate next(LinearSystem system, Iterate now) {
    Vector r = now.vector(RESIDUAL);
    return iterate(
        now.solution().plus(r.times(stepSize())), r.minus(system.times(r).times(stepSize())));
  }

  private static Iterate iterate(Vector solution, Vector residual) {
    return Iterate.at(solution)
        .with(RESIDUAL, residual)
        .measuring(Iterate.SQUARED_RESIDUAL, residual.squaredNorm());
  }

  @Override
  public String adviceWhenDiverged() {
    return "the step size is too large for the operator's greatest eigenvalue, or the operator is"
        + " not positive definite: try ConjugateGradient or Gmres.";
  }

  @Override
  public String description() {
    return "Neumann series, " + count() + " terms, step size " + stepSize();
  }
}
