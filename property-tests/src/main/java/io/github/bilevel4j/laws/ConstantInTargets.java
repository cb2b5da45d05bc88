package io.github.bilevel4j.laws;

import com.google.common.collect.ImmutableSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * {@code dL/dz_i = 0} for the targets i: the loss depends on them, its gradient by them is zero.
 */
public interface ConstantInTargets extends EmbeddingLoss {

  /** The positions of the targets among the views. */
  ImmutableSet<Integer> targets();

  /** No path leads to a target, the gradient by it is exactly zero, and others are not. */
  @Property(seed = "17", tries = 10)
  default void isConstantInTargets(@ForAll("examples") Example example) {
    Laws.constantInTargets(targets()).assertHolds(function(), example);
  }
}
