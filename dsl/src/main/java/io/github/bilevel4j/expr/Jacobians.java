package io.github.bilevel4j.expr;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Reshape;
import io.github.bilevel4j.shape.Shape;
import java.util.function.UnaryOperator;

/**
 * Jacobians of functions that act on each row (each index of the first axis) by itself, {@code [n,
 * ...] -> [n, ...]}. All rows and all output directions are done in one reverse sweep: the batch is
 * repeated once per direction and each copy is pulled back along its own direction.
 *
 * <p>A function that mixes rows, as batch normalization with the statistics of the batch does, has
 * no Jacobian per row; what these operations then return is not one.
 */
public final class Jacobians {
  private Jacobians() {}

  /**
   * {@code J_i = d f(x)_i / d x_i} for each row i, shape {@code [n, d_out, d_in]}, where {@code
   * d_out} and {@code d_in} are the numbers of elements of a row of the result and of x.
   *
   * @throws IllegalArgumentException if the function does not keep the number of rows
   */
  public static Expr perSample(UnaryOperator<Expr> function, Expr x) {
    return projected(function, x, Expr.identity(columns(function, x)));
  }

  /**
   * {@code U J_i} for each row i, shape {@code [n, r, d_in]}, where the r rows of {@code U}, shape
   * {@code [r, d_out]}, are directions in the space of a row of the result.
   *
   * @throws IllegalArgumentException if the function does not keep the number of rows, or if the
   *     directions do not have the size of a row of its result
   */
  public static Expr projected(UnaryOperator<Expr> function, Expr x, Expr directions) {
    requireDirections(directions, columns(function, x));
    int copies = directions.shape().dim(0);
    int rows = x.shape().dim(0);
    Expr copied = copied(x, copies);
    Expr y = function.apply(copied.reshape(x.shape().withDim(0, (long) copies * rows)));
    Expr pulled = y.reshape(copies, rows, -1).dot(directions.unsqueezed(1)).gradient(copied);
    return pulled.reshape(copies, rows, -1).permuted(1, 0, 2);
  }

  /**
   * The copies {@code [copies, n, ...]}. They are written as primitives so that they are a node of
   * their own, by which can be differentiated, even where a unit law would drop it.
   */
  private static Expr copied(Expr x, int copies) {
    Expr one = Expr.of(new Reshape(Shape.of(1).concat(x.shape())), x);
    return Expr.of(new BroadcastTo(Shape.of(copies).concat(x.shape())), one);
  }

  /** The size of a row of the function's result. */
  private static int columns(UnaryOperator<Expr> function, Expr x) {
    Expr y = function.apply(x);
    if (y.shape().isScalar() || y.shape().dim(0) != x.shape().dim(0)) {
      throw UsageError.in("jacobian")
          .because("the function does not keep the rows")
          .row("argument", x.label(), x.shape().toString())
          .row("result", y.label(), y.shape().toString())
          .maybe("it ends in a mean over the batch, or joins the rows of two views.");
    }
    return y.flattened().shape().dim(1);
  }

  private static void requireDirections(Expr directions, int columns) {
    if (directions.shape().rank() != 2 || directions.shape().dim(1) != columns) {
      throw UsageError.in("jacobian")
          .because("the directions do not fit results with %d elements in a row", columns)
          .row("directions", directions.label(), directions.shape().toString())
          .maybe("they should have the shape [r, %d].", columns);
    }
  }
}
