package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.problem.Settings;
import org.immutables.value.Value;

/**
 * A multiple of the identity in place of the inverse, {@code x = s b}, without any product: T1-T2
 * (Luketina et al., 2016) with the inner step size as {@code s}, which is also the first term of
 * {@link NeumannSeries}. The residual is not measured.
 */
@Value.Immutable
@Settings
public abstract class ScaledIdentity implements LinearSolver {
  ScaledIdentity() {}

  /** With a scale {@code s}, greater than zero. */
  public static ScaledIdentity scale(double scale) {
    return ImmutableScaledIdentity.of(scale);
  }

  @Value.Parameter
  abstract double factor();

  @Value.Check
  void check() {
    Require.in("scaled identity").positive("scale", factor());
  }

  @Override
  public int iterationsFor(long dimension) {
    return 1;
  }

  @Override
  public int productsPerIteration() {
    return 0;
  }

  @Override
  public Iterate start(LinearSystem system) {
    return Iterate.at(system.right().zeros());
  }

  @Override
  public Iterate next(LinearSystem system, Iterate now) {
    return Iterate.at(system.right().times(factor()));
  }

  @Override
  public boolean usesGuess() {
    return false;
  }

  @Override
  public String description() {
    return "identity in place of the inverse, scale " + factor();
  }
}
