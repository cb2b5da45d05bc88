package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * {@code L(Z P) = L(Z)} for a permutation P with signs, the same for all views: order and sign of
 * features do not count.
 */
public interface FeatureOrderInvariant extends EmbeddingLoss {

  /** The value stays when the features of all views are reordered and some of them negated. */
  @Property(seed = "24", tries = 20)
  default void isFeatureOrderInvariant(@ForAll("examples") Example example) {
    Laws.FEATURE_ORDER_INVARIANT.assertHolds(function(), example);
  }
}
