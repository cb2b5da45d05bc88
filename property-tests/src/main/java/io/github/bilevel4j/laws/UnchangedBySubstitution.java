package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * {@code L(x)[x := y]} is the expression {@code L(y)}: a loss is a pure function of expressions.
 */
public interface UnchangedBySubstitution extends EmbeddingLoss {

  /** Substitution by the identity gives the same node, and by other variables the other loss. */
  @Property(seed = "11", tries = 4)
  default void isUnchangedBySubstitution(@ForAll("examples") Example example) {
    Laws.UNCHANGED_BY_SUBSTITUTION.assertHolds(function(), example);
  }
}
