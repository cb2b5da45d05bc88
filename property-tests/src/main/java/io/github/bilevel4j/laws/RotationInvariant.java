package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code L(Z Q) = L(Z)} for an orthogonal Q: only lengths and angles count. */
public interface RotationInvariant extends EmbeddingLoss {

  /** The value stays and the gradients rotate when all views are rotated. */
  @Property(seed = "2", tries = 20)
  default void isRotationInvariant(@ForAll("examples") Example example) {
    Laws.ROTATION_INVARIANT.assertHolds(function(), example);
  }
}
