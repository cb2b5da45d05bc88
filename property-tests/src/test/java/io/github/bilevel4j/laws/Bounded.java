package io.github.bilevel4j.laws;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.Range;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code a <= L(Z) <= b} whatever Z is. */
public interface Bounded extends EmbeddingLoss {

  /** The least and the largest value for so many samples. */
  Range<Double> bounds(int samples);

  /** The value lies between its bounds, but for rounding. */
  @Property(seed = "15", tries = 50)
  default void liesBetweenItsBounds(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Range<Double> bounds = bounds(views.get(0).shape().dim(0));
    assertThat(at(views).value())
        .isBetween(bounds.lowerEndpoint() - 1e-12, bounds.upperEndpoint() + 1e-12);
  }
}
