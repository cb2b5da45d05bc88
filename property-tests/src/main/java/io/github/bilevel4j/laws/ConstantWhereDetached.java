package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * {@code dL(sg(z_i), z_j)/dz_i = 0}: a view that is detached gets the gradient zero, the others get
 * theirs.
 */
public interface ConstantWhereDetached extends EmbeddingLoss {

  /** The gradient by a detached view is zero and no path leads to it. */
  @Property(seed = "10", tries = 4)
  default void isConstantWhereDetached(@ForAll("examples") Example example) {
    Laws.CONSTANT_WHERE_DETACHED.assertHolds(function(), example);
  }
}
