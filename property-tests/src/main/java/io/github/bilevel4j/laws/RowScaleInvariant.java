package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code L(diag(s) Z) = L(Z)} for positive s: only the directions of rows count. */
public interface RowScaleInvariant extends EmbeddingLoss {

  /** The value stays when each row is scaled by a factor of its own. */
  @Property(seed = "3", tries = 20)
  default void isRowScaleInvariant(@ForAll("examples") Example example) {
    Laws.ROW_SCALE_INVARIANT.assertHolds(function(), example);
  }
}
