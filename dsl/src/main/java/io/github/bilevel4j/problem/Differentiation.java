package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;

/** What of an inner solver an estimator differentiates; from least to most. */
public enum Differentiation {
  /** The minimum of the inner objective, however it was found. */
  SOLUTION(Coupling.Place.OBJECTIVE),
  /** The fixed point of the last step. */
  FIXED_POINT(Coupling.Place.OBJECTIVE, Coupling.Place.STEP),
  /** The last ones of several steps. */
  LAST_STEPS(Coupling.Place.OBJECTIVE, Coupling.Place.STEP),
  /** All steps, and where they start. */
  STEPS(Coupling.Place.OBJECTIVE, Coupling.Place.STEP, Coupling.Place.START);

  private final ImmutableSet<Coupling.Place> places;

  Differentiation(Coupling.Place first, Coupling.Place... others) {
    places = Sets.immutableEnumSet(first, others);
  }

  /** Where an outer variable must act on the inner problem to be differentiated by. */
  public ImmutableSet<Coupling.Place> places() {
    return places;
  }

  /** Whether the derivative is that of the steps, not of where they lead to. */
  public boolean followsSteps() {
    return this == LAST_STEPS || this == STEPS;
  }
}
