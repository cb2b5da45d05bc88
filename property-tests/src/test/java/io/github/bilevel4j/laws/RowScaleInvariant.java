package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code L(diag(s) Z) = L(Z)} for positive s: only the directions of rows count. */
public interface RowScaleInvariant extends EmbeddingLoss {

  /** The value stays when each row is scaled by a factor of its own. */
  @Property(seed = "3", tries = 20)
  default void isRowScaleInvariant(@ForAll long seed, @ForAll boolean wide) {
    Draws draws = Draws.seed(seed);
    List<Array> views = draw(draws, wide);
    List<Array> scaled =
        views.stream().map(z -> Rows.scaled(z, draws.uniform(0.1, 10, z.shape().dim(0)))).toList();
    assertClose(at(scaled).value(), at(views).value());
  }
}
