package io.github.bilevel4j.solver.step;

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
  private final boolean dataAreFinite;

  /**
   * For the first measurement that is not finite.
   *
   * @param step its name in the message
   * @param measurements everything that was measured
   * @param feed of the step
   */
  private NotFiniteException(
      String term, double value, String step, Map<String, Double> measurements, Feed feed) {
    this(message(term, value, step, feed), term, measurements, feed.isFinite());
  }

  private NotFiniteException(
      String message, String term, Map<String, Double> measurements, boolean dataAreFinite) {
    super(message);
    this.dataAreFinite = dataAreFinite;
    this.term = term;
    this.measurements = ImmutableMap.copyOf(measurements);
  }

  /** The same with another message. */
  public NotFiniteException with(String message) {
    return new NotFiniteException(message, term, measurements, dataAreFinite);
  }

  /**
   * The same of a step that this one was a part of.
   *
   * @param term its name there
   * @param all everything that was measured there
   */
  public NotFiniteException within(String term, Map<String, Double> all) {
    NotFiniteException outer = new NotFiniteException(getMessage(), term, all, dataAreFinite);
    outer.initCause(this);
    return outer;
  }

  private static String message(String term, double value, String step, Feed feed) {
    return UsageError.in(step)
        .because("\"%s\" is %s", term, value)
        .row("data", feed.finiteness())
        .error()
        .getMessage();
  }

  /**
   * Refuses measurements that are not finite.
   *
   * @param feed of the step, to tell whether the data were finite
   * @throws NotFiniteException naming the first one
   */
  public static void requireFinite(String step, Map<String, Double> measurements, Feed feed) {
    measurements.forEach(
        (term, value) -> {
          if (!Double.isFinite(value)) {
            throw new NotFiniteException(term, value, step, measurements, feed);
          }
        });
  }

  /** The name of the first measurement that is not finite. */
  public String term() {
    return term;
  }

  /** Whether all that was fed to the step is finite. */
  public boolean dataAreFinite() {
    return dataAreFinite;
  }

  /** Everything that was measured. */
  public ImmutableMap<String, Double> measurements() {
    return measurements;
  }
}
