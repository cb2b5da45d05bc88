package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.evaluation.HostFunction;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Linear operations and their adjoints, {@code <A x, y> = <x, A^T y>}. */
class AdjointProperties {
  private static final Shape IMAGES = Shape.of(2, 6, 5, 3);
  private static final Shape TABLE = Shape.of(5, 3);
  private static final Array ROWS = Array.vector(3, 0, 3, 4);
  private static final Array FILTER = Draws.seed(3).normal(3, 3, 3, 2);

  private static final Map<Operation, HostFunction> COMPILED = new ConcurrentHashMap<>();

  /** A linear operation on arrays of one shape. */
  private record Operation(String name, Shape shape, UnaryOperator<Expr> function) {}

  /** An operation and the one that should be its adjoint. */
  private record Pair(Operation operation, UnaryOperator<Expr> adjoint) {}

  private static Expr rows() {
    return Expr.constant(ROWS);
  }

  private static final ImmutableList<Operation> LINEAR =
      ImmutableList.of(
          new Operation("convolution", IMAGES, x -> x.conv2d(Expr.constant(FILTER), 1, 1)),
          new Operation(
              "convolution with stride 2", IMAGES, x -> x.conv2d(Expr.constant(FILTER), 2, 1)),
          new Operation(
              "convolution without padding", IMAGES, x -> x.conv2d(Expr.constant(FILTER), 1, 0)),
          new Operation(
              "convolution by the filter",
              FILTER.shape(),
              f -> Expr.constant(Draws.seed(4).normal(IMAGES)).conv2d(f, 2, 1)),
          new Operation("average pooling", IMAGES, x -> x.averagePool(2, 2)),
          new Operation("overlapping average pooling", IMAGES, x -> x.averagePool(3, 1)),
          new Operation("gather", TABLE, x -> x.gather(rows())),
          new Operation("scatter", Shape.of(4, 3), x -> x.scatterAdd(rows(), 5)),
          new Operation("slice", TABLE, x -> x.slice(0, 1, 4)),
          new Operation("pad", TABLE, x -> x.padded(1, 2, 1, 0)),
          new Operation("reverse", TABLE, x -> x.reversed(0)),
          new Operation("permutation", IMAGES, x -> x.permuted(2, 0, 3, 1)),
          new Operation("broadcast", Shape.of(1, 3), x -> x.broadcastTo(Shape.of(4, 5, 3))),
          new Operation("sum", IMAGES, x -> x.sum(1, 3)),
          new Operation("diagonal", Shape.of(4, 4), Expr::diagonal),
          new Operation("lower triangle", Shape.of(4, 4), Expr::lowerTriangle),
          new Operation(
              "matrix product", TABLE, x -> x.matmul(Expr.constant(Draws.seed(5).normal(3, 4)))),
          new Operation(
              "triangular solution",
              TABLE,
              x -> Expr.constant(Draws.seed(6).symmetric(1, 3, 5)).cholesky().triangularSolve(x)));

  private static final ImmutableList<Pair> PAIRS =
      ImmutableList.of(
          new Pair(
              new Operation("gather and scatter", TABLE, x -> x.gather(rows())),
              y -> y.scatterAdd(rows(), 5)),
          new Pair(
              new Operation("slice and pad", TABLE, x -> x.slice(0, 1, 4)),
              y -> y.padded(0, 1, 1, 0)),
          new Pair(
              new Operation(
                  "broadcast and sum", Shape.of(3), x -> x.broadcastTo(Shape.of(4, 5, 3))),
              y -> y.sum(0, 1)),
          new Pair(new Operation("reverse twice", TABLE, x -> x.reversed(0)), y -> y.reversed(0)),
          new Pair(
              new Operation("permutation and its inverse", IMAGES, x -> x.permuted(2, 0, 3, 1)),
              y -> y.permuted(1, 3, 0, 2)),
          new Pair(
              new Operation("diagonal", Shape.of(4, 4), Expr::diagonal), Expr::diagonalMatrix));

  private static Map<String, Expr> products(Operation operation, List<Expr> arguments) {
    Vector x = Vector.of(ImmutableMap.of("x", arguments.get(0)));
    Vector u = Vector.of(ImmutableMap.of("y", arguments.get(1)));
    Vector v = Vector.of(ImmutableMap.of("x", arguments.get(2)));
    Vector y = Vector.of(ImmutableMap.of("y", operation.function().apply(arguments.get(0))));
    return Map.of(
        "forward", Derivatives.jvp(y, x, v).dot(u),
        "reverse", Derivatives.vjp(y, x, u).dot(v),
        "operation", operation.function().apply(arguments.get(2)).dot(arguments.get(1)));
  }

  private static Shape resultShape(Operation operation) {
    return operation.function().apply(Expr.input("x", operation.shape().toArray())).shape();
  }

  /** Forward and reverse mode are transposes, and a linear operation is its own derivative. */
  @Property(seed = "60", tries = 4)
  void reverseModeIsTheAdjoint(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    for (Operation operation : LINEAR) {
      Shape result = resultShape(operation);
      HostFunction products =
          COMPILED.computeIfAbsent(
              operation,
              key ->
                  HostFunction.of(
                      Precision.FLOAT64,
                      List.of(key.shape(), result, key.shape()),
                      arguments -> products(key, arguments)));
      Map<String, Array> results =
          products.at(
              draws.normal(operation.shape()),
              draws.normal(result),
              draws.normal(operation.shape()));
      double reverse = results.get("reverse").scalarValue();
      assertClose(operation.name(), results.get("forward").scalarValue(), reverse);
      assertClose(operation.name(), results.get("operation").scalarValue(), reverse);
    }
  }

  @Property(seed = "61", tries = 2)
  void writtenAdjointsAreAdjoint(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    for (Pair pair : PAIRS) {
      Operation operation = pair.operation();
      Array x = draws.normal(operation.shape());
      Array y = draws.normal(resultShape(operation));
      Map<String, Array> results =
          Evaluation.of(
              Map.of(
                  "Ax", operation.function().apply(Expr.constant(x)),
                  "ATy", pair.adjoint().apply(Expr.constant(y))));
      assertClose(
          operation.name(), Rows.dot(results.get("Ax"), y), Rows.dot(x, results.get("ATy")));
    }
  }

  /** Max-pooling is linear near almost every point: {@code <pool(x), u> = <x, J^T u>}. */
  @Property(seed = "62", tries = 10)
  void maxPoolingIsHomogeneous(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Expr x = Expr.variable("x", draws.normal(IMAGES));
    Expr pooled = x.maxPool(2, 2);
    Expr u = Expr.constant(draws.normal(pooled.shape()));
    Map<String, Array> results =
        Evaluation.of(Map.of("left", pooled.dot(u), "right", pooled.dot(u).gradient(x).dot(x)));
    assertClose(
        "max-pooling", results.get("left").scalarValue(), results.get("right").scalarValue());
  }
}
