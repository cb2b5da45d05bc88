package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code L(Z + 1 v^T) = L(Z)}: the origin does not count. */
public interface TranslationInvariant extends EmbeddingLoss {

  /** Value and gradients stay when the same vector is added to all rows of all views. */
  @Property(seed = "5", tries = 20)
  default void isTranslationInvariant(@ForAll long seed, @ForAll boolean wide) {
    Draws draws = Draws.seed(seed);
    List<Array> views = draw(draws, wide);
    Array shift = draws.normal(views.get(0).shape().dim(1));
    Point point = at(views);
    Point moved = at(views.stream().map(z -> Rows.shifted(z, shift)).toList());
    assertClose(moved.value(), point.value());
    assertClose(moved.gradients(), point.gradients());
  }
}
