package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code <u, H v> = <v, H u>}: second derivatives commute. */
public interface SymmetricHessian extends EmbeddingLoss {

  /** The Hessian of all views together is symmetric. */
  @Property(seed = "9", tries = 20)
  default void hasASymmetricHessian(@ForAll("examples") Example example) {
    Laws.SYMMETRIC_HESSIAN.assertHolds(function(), example);
  }
}
