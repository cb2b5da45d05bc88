package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * {@code <dL/dz_i, z_i> = 0}: Euler's identity for a loss that does not change with the scale of a
 * row.
 */
public interface GradientOrthogonalToRows extends EmbeddingLoss {

  /** Each row's gradient is orthogonal to the row. */
  @Property(seed = "7", tries = 20)
  default void hasGradientsOrthogonalToRows(@ForAll("examples") Example example) {
    Laws.GRADIENT_ORTHOGONAL_TO_ROWS.assertHolds(function(), example);
  }
}
