package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code L(P Z) = L(Z)} for a permutation P of the rows of all views: a batch is a set. */
public interface RowOrderInvariant extends EmbeddingLoss {

  /** The value stays and the gradients follow when the rows of all views are reordered alike. */
  @Property(seed = "4", tries = 20)
  default void isRowOrderInvariant(@ForAll("examples") Example example) {
    Laws.ROW_ORDER_INVARIANT.assertHolds(function(), example);
  }
}
