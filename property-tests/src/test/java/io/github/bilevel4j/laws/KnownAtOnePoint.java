package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code L(1 z^T)} in closed form: the loss of features that have collapsed to one point. */
public interface KnownAtOnePoint extends EmbeddingLoss {

  /** The value where all rows of all views are equal and not zero. */
  double atOnePoint(int samples);

  /** The value at one point is the one in closed form. */
  @Property(seed = "16", tries = 20)
  default void isKnownAtOnePoint(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    List<Array> point =
        views.stream()
            .map(z -> FiniteWhenCollapsed.Collapse.TO_ONE_POINT.of(z, views.get(0)))
            .toList();
    assertClose(at(point).value(), atOnePoint(views.get(0).shape().dim(0)));
  }
}
