package io.github.bilevel4j.solver.step;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import java.util.Map;

/** A term or another measurement of a step is not a finite number; the step was not made. */
public final class NotFiniteException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final String term;
  private final transient ImmutableMap<String, Double> measurements;

  public NotFiniteException(
      String term, double value, String step, Map<String, Double> measurements) {
    super(
        UsageError.in(step)
            .because("\"%s\" is %s", term, value)
            .maybe("the learning rate is too large; all variables keep the values before the step.")
            .getMessage());
    this.term = term;
    this.measurements = ImmutableMap.copyOf(measurements);
  }

  /** The name of the first measurement that is not finite. */
  public String term() {
    return term;
  }

  /** Everything that was measured. */
  public ImmutableMap<String, Double> measurements() {
    return measurements;
  }
}
