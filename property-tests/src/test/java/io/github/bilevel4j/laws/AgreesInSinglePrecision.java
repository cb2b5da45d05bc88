package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Values and gradients in float32 are those in float64 up to rounding. */
public interface AgreesInSinglePrecision extends EmbeddingLoss {

  /** Both precisions agree to five digits. */
  @Property(seed = "12", tries = 20)
  default void agreesInSinglePrecision(@ForAll long seed) {
    List<Array> views = draw(Draws.seed(seed), false);
    Point exact = at(views);
    Point rounded = at(views, Precision.FLOAT32);
    assertClose(rounded.value(), exact.value(), 1e-5);
    for (int i = 0; i < views.size(); i++) {
      assertClose(rounded.gradients().get(i), exact.gradients().get(i), 1e-5);
    }
  }
}
