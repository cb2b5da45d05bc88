package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code sum_i dL/dz_i = 0} over the rows of all views, for a loss invariant to translation. */
public interface GradientRowsSumToZero extends EmbeddingLoss {

  /** The rows of all gradients sum to zero. */
  @Property(seed = "8", tries = 20)
  default void hasGradientRowsThatSumToZero(@ForAll long seed, @ForAll boolean wide) {
    Point point = at(draw(Draws.seed(seed), wide));
    int columns = point.gradients().get(0).shape().dim(1);
    Array sums =
        Array.fill(
            Shape.of(columns),
            column ->
                point.gradients().stream()
                    .map(Rows::transposed)
                    .flatMapToDouble(g -> Arrays.stream(Rows.row(g, column)))
                    .sum());
    assertClose(sums, Array.fill(Shape.of(columns), i -> 0));
  }
}
