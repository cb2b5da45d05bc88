package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code sum_i dL/dz_i = 0} over the rows of all views, for a loss invariant to translation. */
public interface GradientRowsSumToZero extends EmbeddingLoss {

  /** The rows of all gradients sum to zero. */
  @Property(seed = "8", tries = 20)
  default void hasGradientRowsThatSumToZero(@ForAll("examples") Example example) {
    Laws.GRADIENT_ROWS_SUM_TO_ZERO.assertHolds(function(), example);
  }
}
