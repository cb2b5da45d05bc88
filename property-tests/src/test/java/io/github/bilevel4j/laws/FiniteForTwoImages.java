package io.github.bilevel4j.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Value and gradients are numbers for the smallest batch, of two images in more dimensions. */
public interface FiniteForTwoImages extends FiniteWhenCollapsed {
  /** Two images. */
  Shape TWO = Shape.of(2, 5);

  /** There is no NaN and no infinity, in either precision, collapsed or not. */
  @Property(seed = "18", tries = 20)
  default void isFiniteForTwoImages(
      @ForAll long seed,
      @ForAll Collapse collapse,
      @ForAll boolean collapsed,
      @ForAll Precision precision) {
    Draws draws = Draws.seed(seed);
    List<Array> views = Stream.generate(() -> draws.normal(TWO)).limit(views()).toList();
    Point point =
        at(
            collapsed ? views.stream().map(z -> collapse.of(z, views.get(0))).toList() : views,
            precision);
    assertThat(point.value()).isFinite();
    assertThat(point.gradients())
        .allSatisfy(
            gradient ->
                assertThat(gradient.toDoubles())
                    .doesNotContain(
                        Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY));
  }
}
