package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * {@code L(Z diag(s) + 1 v^T) = L(Z)} for positive s, with s and v of each view's own: origin and
 * unit of a feature do not count.
 */
public interface FeatureScaleInvariant extends EmbeddingLoss {

  /** The scale of features on which the law holds to rounding. */
  default double unit() {
    return 1;
  }

  /** The value stays when each feature of each view is scaled and moved by itself. */
  @Property(seed = "19", tries = 20)
  default void isFeatureScaleInvariant(@ForAll("examples") Example example) {
    Laws.featureScaleInvariant(unit()).assertHolds(function(), example);
  }
}
