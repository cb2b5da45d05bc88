package io.github.bilevel4j.solver.step;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.check.UsageError;
import java.util.Map;

/**
 * A term or another measurement of a step is not a finite number; all variables keep the values
 * before the step.
 */
public final class NotFiniteException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final String term;
  private final transient ImmutableMap<String, Double> measurements;
  private final transient ImmutableList<String> inputs;

  /**
   * For the first measurement that is not finite.
   *
   * @param step its name in the message
   * @param measurements everything that was measured
   * @param feed of the step
   */
  public NotFiniteException(
      String term, double value, String step, Map<String, Double> measurements, Feed feed) {
    super(message(term, value, step, feed.namesOfNonFinite()));
    this.term = term;
    this.measurements = ImmutableMap.copyOf(measurements);
    this.inputs = feed.namesOfNonFinite();
  }

  private static String message(
      String term, double value, String step, ImmutableList<String> inputs) {
    UsageError.Message message = UsageError.in(step).because("\"%s\" is %s", term, value);
    return (inputs.isEmpty()
            ? message.row("data", "finite")
            : message.row("data", "not finite: " + String.join(", ", inputs)))
        .error()
        .getMessage();
  }

  /** The name of the first measurement that is not finite. */
  public String term() {
    return term;
  }

  /** Everything that was measured. */
  public ImmutableMap<String, Double> measurements() {
    return measurements;
  }

  /** The names of the inputs that were fed numbers that are not finite. */
  public ImmutableList<String> inputs() {
    return inputs;
  }
}
