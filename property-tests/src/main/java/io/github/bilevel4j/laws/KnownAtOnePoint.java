package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * {@code L(1 v^T) = c(n)} in closed form: the loss of features that have collapsed to one point.
 */
public interface KnownAtOnePoint extends EmbeddingLoss {

  /** The value where all rows of all views are equal and not zero. */
  double atOnePoint(int samples);

  /** The value at one point is the one in closed form. */
  @Property(seed = "16", tries = 20)
  default void isKnownAtOnePoint(@ForAll("examples") Example example) {
    Laws.knownAtOnePoint(this::atOnePoint).assertHolds(function(), example);
  }
}
