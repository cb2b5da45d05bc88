package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * {@code L(Z diag(s) + 1 v^T) = L(Z)} for positive s, with s and v of each view's own: origin and
 * unit of a feature do not count.
 */
public interface FeatureScaleInvariant extends EmbeddingLoss {

  /** The scale of features on which the law holds to rounding. */
  default double unit() {
    return 1;
  }

  /** The value stays when each feature of each view is scaled and moved by itself. */
  @Property(seed = "19", tries = 20)
  default void isFeatureScaleInvariant(@ForAll long seed, @ForAll boolean wide) {
    Draws draws = Draws.seed(seed);
    List<Array> views =
        draw(draws, wide).stream().map(z -> Array.fill(z.shape(), i -> unit() * z.at(i))).toList();
    assertClose(at(views.stream().map(z -> changed(z, draws)).toList()).value(), at(views).value());
  }

  private Array changed(Array z, Draws draws) {
    int columns = z.shape().dim(1);
    Array scales = draws.uniform(0.5, 4, columns);
    Array shift = draws.uniform(-unit(), unit(), columns);
    return Rows.shifted(Rows.transposed(Rows.scaled(Rows.transposed(z), scales)), shift);
  }
}
