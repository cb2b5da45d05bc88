package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code L(P Z) = L(Z)} for a permutation P of the rows of all views: a batch is a set. */
public interface RowOrderInvariant extends EmbeddingLoss {

  /** The value stays and the gradients follow when the rows of all views are reordered alike. */
  @Property(seed = "4", tries = 20)
  default void isRowOrderInvariant(@ForAll long seed, @ForAll boolean wide) {
    Draws draws = Draws.seed(seed);
    List<Array> views = draw(draws, wide);
    List<Integer> order = draws.order(views.get(0).shape().dim(0));
    Point point = at(views);
    Point reordered = at(views.stream().map(z -> Rows.ordered(z, order)).toList());
    assertClose(reordered.value(), point.value());
    assertClose(
        reordered.gradients(),
        point.gradients().stream().map(g -> Rows.ordered(g, order)).toList());
  }
}
