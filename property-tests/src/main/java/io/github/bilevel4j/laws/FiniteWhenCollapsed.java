package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code |L(C)|, |dL/dC| < infinity} where features have collapsed: a run can go on from there. */
public interface FiniteWhenCollapsed extends EmbeddingLoss {

  /** There is no NaN and no infinity, in either precision. */
  @Property(seed = "13", tries = 30)
  default void isFiniteWhenCollapsed(@ForAll("examples") Example example) {
    Laws.FINITE_WHEN_COLLAPSED.assertHolds(function(), example);
  }
}
