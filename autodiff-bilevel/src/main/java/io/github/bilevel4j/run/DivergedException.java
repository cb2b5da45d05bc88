package io.github.bilevel4j.run;

/** A measurement of a run is not a finite number, or a step cannot be computed for such numbers. */
public final class DivergedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final String term;
  private final int step;

  DivergedException(String term, int step, String message) {
    super(message);
    this.term = term;
    this.step = step;
  }

  /** The name of the first measurement that is not finite; empty if nothing could be measured. */
  public String term() {
    return term;
  }

  /** The step at which it was met, counted from zero. */
  public int step() {
    return step;
  }
}
