package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code L(z1, z2) = L(z2, z1)}: no view is the first. */
public interface SymmetricInViews extends EmbeddingLoss {

  /** Value and gradients follow when the views are exchanged. */
  @Property(seed = "1", tries = 20)
  default void isSymmetricInViews(@ForAll("examples") Example example) {
    Laws.SYMMETRIC_IN_VIEWS.assertHolds(function(), example);
  }
}
