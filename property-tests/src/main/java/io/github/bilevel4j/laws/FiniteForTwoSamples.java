package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code |L(Z)|, |dL/dZ| < infinity} for the smallest batch, of two samples. */
public interface FiniteForTwoSamples extends EmbeddingLoss {

  /** There is no NaN and no infinity, in either precision, collapsed or not. */
  @Property(seed = "18", tries = 20)
  default void isFiniteForTwoSamples(@ForAll("examples") Example example) {
    Laws.FINITE_FOR_TWO_SAMPLES.assertHolds(function(), example);
  }
}
