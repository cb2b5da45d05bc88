package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code L = alignment + constraint}: what draws views together and what keeps them apart. */
public interface SumOfParts extends EmbeddingLoss {

  /** The part that draws views of an image together. */
  Expr alignment(List<Expr> views);

  /** The part that keeps features from collapsing. */
  Expr constraint(List<Expr> views);

  /** The parts add up to the loss. */
  @Property(seed = "14", tries = 10)
  default void isTheSumOfItsParts(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    ImmutableMap<String, Array> parts =
        compiled(
                "parts",
                Precision.FLOAT64,
                views,
                z -> Map.of("alignment", alignment(z), "constraint", constraint(z)))
            .at(views);
    assertClose(
        at(views).value(),
        parts.get("alignment").scalarValue() + parts.get("constraint").scalarValue());
  }
}
