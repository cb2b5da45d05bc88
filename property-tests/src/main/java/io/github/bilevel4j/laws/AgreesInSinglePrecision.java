package io.github.bilevel4j.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code L(Z)} in float32 is {@code L(Z)} in float64 up to rounding, and so are the gradients. */
public interface AgreesInSinglePrecision extends EmbeddingLoss {

  /** Both precisions agree to five digits. */
  @Property(seed = "12", tries = 20)
  default void agreesInSinglePrecision(@ForAll("examples") Example example) {
    Laws.AGREES_IN_SINGLE_PRECISION.assertHolds(function(), example);
  }
}
