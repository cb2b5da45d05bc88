package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code L(Z + 1 v^T) = L(Z)}: the origin does not count. */
public interface TranslationInvariant extends EmbeddingLoss {

  /** Value and gradients stay when the same vector is added to all rows of all views. */
  @Property(seed = "5", tries = 20)
  default void isTranslationInvariant(@ForAll("examples") Example example) {
    Laws.TRANSLATION_INVARIANT.assertHolds(function(), example);
  }
}
