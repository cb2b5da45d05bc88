package io.github.bilevel4j.laws;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/** What tests of one loss's own laws use: random views, and functions compiled once a class. */
interface EvaluatedLoss extends EmbeddingLoss {

  /** A function of views of these shapes. */
  interface Compiled {
    ImmutableMap<String, Array> at(List<Array> views);

    default ImmutableMap<String, Array> at(Array... views) {
      return at(List.of(views));
    }
  }

  /** Random views, of one of the two shapes. */
  default List<Array> draw(Draws draws, boolean wide) {
    return Stream.generate(() -> draws.normal(shapes().get(wide ? 1 : 0))).limit(views()).toList();
  }

  /** Value and gradients at some views in float64. */
  default LossFunction.Point at(List<Array> views) {
    return function().at(views);
  }

  /** A function of views of these shapes, compiled once for all laws of this class. */
  default Compiled compiled(
      String role,
      Precision precision,
      List<Array> like,
      Function<List<Expr>, Map<String, Expr>> body) {
    return views -> function().compute(role, precision, views, body);
  }
}
