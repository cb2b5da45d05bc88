package io.github.bilevel4j.op;

import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * A primitive: what an expression's node computes from its inputs. Equal primitives applied to the
 * same inputs are the same node.
 */
public sealed interface Op
    permits Leaf,
        Unary,
        Power,
        Binary,
        Select,
        Cond,
        Reduction,
        ArgMax,
        CumulativeSum,
        Sort,
        Reshape,
        Transpose,
        BroadcastTo,
        Concat,
        Slice,
        Pad,
        Reverse,
        MatMul,
        Cholesky,
        TriangularSolve,
        MatrixSolve,
        BandPart,
        BatchNormalization,
        Convolution,
        Pooling,
        Gather,
        ScatterAdd,
        OneHot,
        Random,
        AllSum,
        Detach,
        CustomGradient,
        Gradient,
        CustomOp {

  /** The name under which it is printed and reported, for instance {@code matmul}. */
  String label();

  /**
   * The shape rule.
   *
   * @throws IllegalArgumentException if the operands do not fit, with both named
   */
  Shape shape(List<? extends Operand> operands);

  /** Whether the result varies differentiably with an input; not so for indices and masks. */
  default boolean isDifferentiableIn(int input) {
    return true;
  }
}
