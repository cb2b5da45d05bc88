package io.github.bilevel4j.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.stream.DoubleStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Value and gradients are numbers where features have collapsed: a run can go on from there. */
public interface FiniteWhenCollapsed extends EmbeddingLoss {

  /** The ways in which features collapse. */
  enum Collapse {
    /** All features are zero. */
    TO_ZERO,
    /** One row of each view is zero. */
    OF_ONE_ROW,
    /** All rows of all views are equal. */
    TO_ONE_POINT,
    /** All rows lie on a line. */
    TO_A_LINE,
    /** Both views of each image are equal. */
    OF_VIEWS;

    Array of(Array z, Array first) {
      int columns = z.shape().dim(1);
      return switch (this) {
        case TO_ZERO -> Array.fill(z.shape(), i -> 0);
        case OF_ONE_ROW -> Array.fill(z.shape(), i -> i < columns ? 0 : z.at(i));
        case TO_ONE_POINT -> Array.fill(z.shape(), i -> first.at(i % columns));
        case TO_A_LINE -> Array.fill(z.shape(), i -> first.at(i % columns) * z.get(i / columns, 0));
        case OF_VIEWS -> first;
      };
    }
  }

  /** There is no NaN and no infinity, in either precision. */
  @Property(seed = "13", tries = 30)
  default void isFiniteWhenCollapsed(
      @ForAll long seed,
      @ForAll Collapse collapse,
      @ForAll boolean wide,
      @ForAll Precision precision) {
    List<Array> views = draw(Draws.seed(seed), wide);
    List<Array> collapsed = views.stream().map(z -> collapse.of(z, views.get(0))).toList();
    Point point = at(collapsed, precision);
    assertThat(point.value()).isFinite();
    for (Array gradient : point.gradients()) {
      assertThat(DoubleStream.of(gradient.toDoubles()).allMatch(Double::isFinite))
          .as("gradient %s, largest %s", gradient, Rows.largest(gradient))
          .isTrue();
    }
  }
}
