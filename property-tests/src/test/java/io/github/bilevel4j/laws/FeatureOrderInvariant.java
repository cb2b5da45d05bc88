package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * {@code L(Z P) = L(Z)} for a permutation P with signs, the same for all views: order and sign of
 * features do not count.
 */
public interface FeatureOrderInvariant extends EmbeddingLoss {

  /** The value stays when the features of all views are reordered and some of them negated. */
  @Property(seed = "24", tries = 20)
  default void isFeatureOrderInvariant(@ForAll long seed, @ForAll boolean wide) {
    Draws draws = Draws.seed(seed);
    List<Array> views = draw(draws, wide);
    int columns = views.get(0).shape().dim(1);
    List<Integer> order = draws.order(columns);
    Array signs = draws.normal(columns);
    List<Array> changed =
        views.stream()
            .map(
                z ->
                    Array.fill(
                        z.shape(),
                        i ->
                            Math.signum(signs.at(i % columns))
                                * z.get(i / columns, order.get(i % columns))))
            .toList();
    assertClose(at(changed).value(), at(views).value());
  }
}
