package io.github.bilevel4j.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * {@code <dL/dz_i, z_i> = 0}: Euler's identity for a loss that does not change with the scale of a
 * row.
 */
public interface GradientOrthogonalToRows extends EmbeddingLoss {

  /** Each row's gradient is orthogonal to the row. */
  @Property(seed = "7", tries = 20)
  default void hasGradientsOrthogonalToRows(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Point point = at(views);
    for (int view = 0; view < views.size(); view++) {
      for (int row = 0; row < views.get(view).shape().dim(0); row++) {
        double[] z = Rows.row(views.get(view), row);
        double[] gradient = Rows.row(point.gradients().get(view), row);
        assertThat(Rows.dot(gradient, z))
            .isCloseTo(
                0, within(1e-11 * Math.sqrt(Rows.dot(z, z) * (1 + Rows.dot(gradient, gradient)))));
      }
    }
  }
}
