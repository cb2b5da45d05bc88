package io.github.bilevel4j.laws;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.HostFunction;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.IntStream;

/** A loss of embeddings of one or more views, each {@code [n, d]}: the subject of laws. */
public interface EmbeddingLoss {
  /** More samples than dimensions, and more dimensions than samples. */
  ImmutableList<Shape> SHAPES = ImmutableList.of(Shape.of(6, 4), Shape.of(3, 7));

  /** The compiled forms of each class of losses. */
  Map<List<Object>, HostFunction> COMPILED = new ConcurrentHashMap<>();

  /** The loss, a scalar. */
  Expr of(List<Expr> views);

  /** Number of views. */
  default int views() {
    return 2;
  }

  /** Random views, of one of the two shapes. */
  default List<Array> draw(Draws draws, boolean wide) {
    return Collections.nCopies(views(), SHAPES.get(wide ? 1 : 0)).stream()
        .map(draws::normal)
        .toList();
  }

  /** Value and gradients at some views in float64. */
  default Point at(List<Array> views) {
    return at(views, Precision.FLOAT64);
  }

  /** Value and gradients at some views. */
  default Point at(List<Array> views, Precision precision) {
    ImmutableMap<String, Array> results =
        compiled("value and gradients", precision, views, this::valueAndGradients).at(views);
    return new Point(
        results.get("value").scalarValue(),
        IntStream.range(0, views()).mapToObj(i -> results.get("gradient " + i)).toList());
  }

  /** A function of views of these shapes, compiled once for all laws of this class. */
  default HostFunction compiled(
      String role,
      Precision precision,
      List<Array> like,
      Function<List<Expr>, Map<String, Expr>> body) {
    List<Shape> shapes = like.stream().map(Array::shape).toList();
    return COMPILED.computeIfAbsent(
        List.of(getClass(), role, precision, shapes),
        key -> HostFunction.of(precision, shapes, body));
  }

  private Map<String, Expr> valueAndGradients(List<Expr> views) {
    Expr loss = of(views);
    ImmutableMap.Builder<String, Expr> results = ImmutableMap.builder();
    results.put("value", loss);
    for (int i = 0; i < views(); i++) {
      results.put("gradient " + i, loss.gradient(views.get(i)));
    }
    return results.buildOrThrow();
  }

  /** A loss and its derivatives by each view. */
  record Point(double value, List<Array> gradients) {}
}
