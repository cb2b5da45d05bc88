package io.github.bilevel4j.laws;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.evaluation.HostFunction;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The subject of laws: a loss {@code L(z1, ..., zk)} of the embeddings of k views, each {@code [n,
 * d]}. Its value and derivatives at given matrices are computed by programs that are compiled once
 * for each shape and precision and kept until {@link #close}.
 */
public final class LossFunction implements AutoCloseable {
  private final int views;
  private final Function<List<Expr>, Expr> loss;
  private final Map<List<Object>, HostFunction> compiled = new HashMap<>();

  private LossFunction(int views, Function<List<Expr>, Expr> loss) {
    this.views = views;
    this.loss = loss;
  }

  /** A loss of one batch of embeddings, for instance a regularizer. */
  public static LossFunction ofBatch(UnaryOperator<Expr> loss) {
    return new LossFunction(1, views -> loss.apply(views.get(0)));
  }

  /** A loss of two views. */
  public static LossFunction ofViews(BinaryOperator<Expr> loss) {
    return new LossFunction(2, views -> loss.apply(views.get(0), views.get(1)));
  }

  /** A loss of a number of views. */
  public static LossFunction of(int views, Function<List<Expr>, Expr> loss) {
    return new LossFunction(views, loss);
  }

  /** The number of views k. */
  public int views() {
    return views;
  }

  /**
   * The loss as an expression of the views.
   *
   * @throws UsageError if it is no scalar, or if the loss cannot be formed at these shapes
   */
  public Expr of(List<Expr> arguments) {
    Expr value = loss.apply(arguments);
    if (!value.shape().isScalar()) {
      throw UsageError.in("loss")
          .because("a loss is a scalar, this one has the shape %s", value.shape())
          .row("views", shapes(arguments).toString())
          .maybe("a mean or a sum over the samples is missing.");
    }
    return value;
  }

  /** The value and the gradient by each view, in float64. */
  public Point at(List<Array> arguments) {
    return at(arguments, Precision.FLOAT64);
  }

  /** The value and the gradient by each view. */
  public Point at(List<Array> arguments, Precision precision) {
    ImmutableMap<String, Array> results =
        compute("value and gradients", precision, arguments, this::valueAndGradients);
    return new Point(
        results.get("value").scalarValue(),
        IntStream.range(0, views)
            .mapToObj(i -> results.get("gradient " + i))
            .collect(ImmutableList.toImmutableList()));
  }

  private Map<String, Expr> valueAndGradients(List<Expr> arguments) {
    Expr value = of(arguments);
    ImmutableMap.Builder<String, Expr> results = ImmutableMap.builder();
    results.put("value", value);
    for (int i = 0; i < views; i++) {
      results.put("gradient " + i, value.gradient(arguments.get(i)));
    }
    return results.buildOrThrow();
  }

  /**
   * The results of a body at some arguments, by name. The body is compiled at its first use for
   * arguments of these shapes.
   *
   * @param role tells bodies with arguments of equal shapes apart
   */
  public synchronized ImmutableMap<String, Array> compute(
      String role,
      Precision precision,
      List<Array> arguments,
      Function<List<Expr>, Map<String, Expr>> body) {
    List<Shape> shapes = arguments.stream().map(Array::shape).toList();
    return compiled
        .computeIfAbsent(
            List.of(role, precision, shapes), key -> HostFunction.of(precision, shapes, body))
        .at(arguments);
  }

  private static List<Shape> shapes(List<Expr> arguments) {
    return arguments.stream().map(Expr::shape).toList();
  }

  /** Releases the compiled programs. The function can still be used: it compiles anew. */
  @Override
  public synchronized void close() {
    compiled.values().forEach(HostFunction::close);
    compiled.clear();
  }

  /**
   * A loss and its derivatives at a point.
   *
   * @param value {@code L(z1, ..., zk)}
   * @param gradients {@code dL/dz1, ..., dL/dzk}
   */
  public record Point(double value, ImmutableList<Array> gradients) {}
}
