package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code L(Z) >= 0}. */
public interface NonNegative extends EmbeddingLoss {

  /** The value is not negative but for rounding. */
  @Property(seed = "6", tries = 50)
  default void isNotNegative(@ForAll("examples") Example example) {
    Laws.NON_NEGATIVE.assertHolds(function(), example);
  }
}
