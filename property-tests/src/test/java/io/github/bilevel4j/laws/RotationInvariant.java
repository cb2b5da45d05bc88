package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code L(Z Q) = L(Z)} for an orthogonal Q: only lengths and angles count. */
public interface RotationInvariant extends EmbeddingLoss {

  /** The value stays and the gradients rotate when all views are rotated. */
  @Property(seed = "2", tries = 20)
  default void isRotationInvariant(@ForAll long seed, @ForAll boolean wide) {
    Draws draws = Draws.seed(seed);
    List<Array> views = draw(draws, wide);
    Array q = draws.orthogonal(views.get(0).shape().dim(1));
    Point point = at(views);
    Point rotated = at(views.stream().map(z -> Rows.times(z, q)).toList());
    assertClose(rotated.value(), point.value());
    assertClose(
        rotated.gradients(), point.gradients().stream().map(g -> Rows.times(g, q)).toList());
  }
}
