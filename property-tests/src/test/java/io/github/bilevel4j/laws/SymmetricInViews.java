package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import com.google.common.collect.Lists;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code L(z1, z2) = L(z2, z1)}: no view is the first. */
public interface SymmetricInViews extends EmbeddingLoss {

  /** Value and gradients follow when the views are exchanged. */
  @Property(seed = "1", tries = 20)
  default void isSymmetricInViews(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Point point = at(views);
    Point exchanged = at(Lists.reverse(views));
    assertClose(exchanged.value(), point.value());
    assertClose(exchanged.gradients(), Lists.reverse(point.gradients()));
  }
}
