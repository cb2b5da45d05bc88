package io.github.bilevel4j.laws;

import io.github.bilevel4j.check.UsageError;
import java.util.Optional;

/**
 * A law of losses: a named statement with two sides, independent of any test framework.
 *
 * <pre>{@code
 * Law even = Law.of("Even", "L(-Z) = L(Z)", (loss, example) ->
 *     Instance.of(Sides.equal("value", loss.at(negated(example)).value(), loss.at(example.views()).value())));
 * }</pre>
 *
 * @param name a name in the form of a claim, for instance {@code RotationInvariant}
 * @param formula the statement as a formula, with all that it quantifies over
 * @param leastViews the least number of views that a loss must have
 * @param tolerance the largest relative error of two sides that still counts as rounding, see
 *     {@link Sides#error}
 * @param statement the two sides at an example
 */
public record Law(
    String name, String formula, int leastViews, double tolerance, Statement statement) {

  /** Rounding in float64. */
  static final double ROUNDING = 1e-11;

  /** The two sides of a law. */
  @FunctionalInterface
  public interface Statement {
    /** The sides at an example. */
    Instance at(LossFunction loss, Example example);
  }

  /** A law of any number of views that holds in float64 up to rounding. */
  public static Law of(String name, String formula, Statement statement) {
    return new Law(name, formula, 1, ROUNDING, statement);
  }

  /** The same law for losses of a number of views or more. */
  public Law forViews(int least) {
    return new Law(name, formula, least, tolerance, statement);
  }

  /** The same law up to another relative error. */
  public Law within(double error) {
    return new Law(name, formula, leastViews, error, statement);
  }

  /**
   * Checks the law at one example; empty if it holds there.
   *
   * @throws UsageError if the law cannot be applied to the loss, or the loss not to the shapes
   */
  public Optional<Counterexample> counterexample(LossFunction loss, Example example) {
    requireSuits(loss);
    Instance instance = statement.at(loss, example);
    return instance
        .failure(tolerance)
        .map(sides -> new Counterexample(this, example, instance, sides));
  }

  /**
   * Asserts that the law holds at one example.
   *
   * @throws AssertionError if it does not, with the matrices and both sides
   * @throws UsageError if the law cannot be applied to the loss, or the loss not to the shapes
   */
  public void assertHolds(LossFunction loss, Example example) {
    counterexample(loss, example)
        .ifPresent(
            counterexample -> {
              throw new AssertionError(counterexample.toString());
            });
  }

  /**
   * Checks that the law says something about losses of so many views.
   *
   * @throws UsageError if it does not
   */
  void requireSuits(LossFunction loss) {
    if (loss.views() < leastViews) {
      throw UsageError.in("law " + name)
          .because(
              "%s is a statement about %d views or more, the loss has %d",
              formula, leastViews, loss.views())
          .error();
    }
  }

  /** The name and the formula. */
  @Override
  public String toString() {
    return name + ": " + formula;
  }
}
