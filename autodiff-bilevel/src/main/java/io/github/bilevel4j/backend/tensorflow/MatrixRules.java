package io.github.bilevel4j.backend.tensorflow;

import static io.github.bilevel4j.backend.tensorflow.Rules.rule;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Cholesky;
import io.github.bilevel4j.op.MatMul;
import io.github.bilevel4j.op.MatrixSolve;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.TriangularSolve;
import io.github.bilevel4j.shape.Shape;
import org.tensorflow.Output;

/** Algebra of the matrices in the last two axes. */
final class MatrixRules {
  static final ImmutableMap<Class<? extends Op>, Rule<?>> TABLE =
      Rules.table(
          rule(MatMul.class, MatrixRules::matMul),
          rule(Cholesky.class, MatrixRules::cholesky),
          rule(TriangularSolve.class, MatrixRules::triangularSolve),
          rule(MatrixSolve.class, MatrixRules::matrixSolve));

  private MatrixRules() {}

  private static Lowered matMul(MatMul op, Expr node, Lowering in) {
    if (node.shape().rank() == 2) {
      return Lowered.of(
          product(op, in, in.value(node.input(0)), in.value(node.input(1))), node.shape());
    }
    Lowered right = in.lowered(node.input(1));
    if (!op.transposeLeft() && isOneMatrix(right.shape(), node.input(1).shape())) {
      return Lowered.of(stacked(op, node, in, right), node.shape());
    }
    Output<?> products =
        in.op(
            "BatchMatMulV2",
            builder ->
                builder.setAttr("adj_x", op.transposeLeft()).setAttr("adj_y", op.transposeRight()),
            in.value(node.input(0)),
            in.value(node.input(1)));
    return Lowered.of(products, node.shape());
  }

  /** A batch of matrices times one matrix: all rows are one tall matrix. */
  private static Output<?> stacked(MatMul op, Expr node, Lowering in, Lowered right) {
    Shape left = node.input(0).shape();
    Shape matrix = right.shape().sub(right.shape().rank() - 2, right.shape().rank());
    int inner = left.dim(-1);
    int rows = Math.toIntExact(left.sub(0, left.rank() - 1).size());
    Output<?> tall = in.op("Reshape", in.value(node.input(0)), in.ints(rows, inner));
    Output<?> factor = in.op("Reshape", in.numbers(right), in.ints(matrix.toArray()));
    return in.op("Reshape", product(op, in, tall, factor), in.ints(node.shape().toArray()));
  }

  private static Output<?> product(MatMul op, Lowering in, Output<?> left, Output<?> right) {
    return in.op(
        "MatMul",
        builder ->
            builder
                .setAttr("transpose_a", op.transposeLeft())
                .setAttr("transpose_b", op.transposeRight()),
        left,
        right);
  }

  private static boolean isOneMatrix(Shape shape, Shape batch) {
    int rank = shape.rank();
    return rank >= 2
        && shape.sub(0, rank - 2).size() == 1
        && shape.sub(rank - 2, rank).equals(batch.sub(batch.rank() - 2, batch.rank()));
  }

  /** TensorFlow answers a matrix that is not positive definite with NaNs: these are caught here. */
  private static Lowered cholesky(Cholesky op, Expr node, Lowering in) {
    Output<?> factor = in.op("Cholesky", in.value(node.input(0)));
    return Lowered.of(
        in.op(
            "CheckNumerics",
            builder -> builder.setAttr("message", "not positive definite"),
            factor),
        node.shape());
  }

  private static Lowered triangularSolve(TriangularSolve op, Expr node, Lowering in) {
    Output<?> solution =
        in.op(
            "MatrixTriangularSolve",
            builder -> builder.setAttr("lower", true).setAttr("adjoint", op.transposed()),
            in.value(node.input(0)),
            in.value(node.input(1)));
    return Lowered.of(solution, node.shape());
  }

  private static Lowered matrixSolve(MatrixSolve op, Expr node, Lowering in) {
    Output<?> solution =
        in.op(
            "MatrixSolve",
            builder -> builder.setAttr("adjoint", op.transposed()),
            in.value(node.input(0)),
            in.value(node.input(1)));
    return Lowered.of(solution, node.shape());
  }
}
