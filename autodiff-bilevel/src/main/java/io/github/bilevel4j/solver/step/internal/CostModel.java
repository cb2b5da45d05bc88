package io.github.bilevel4j.solver.step.internal;

import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.MatMul;
import io.github.bilevel4j.shape.Shape;

/**
 * What a step computes, counted on its expressions: multiplications of matrix products and
 * convolutions, one operation an element for everything else.
 */
public final class CostModel {
  private CostModel() {}

  /** The number of operations. */
  public static double of(Step step) {
    double sum = 0;
    for (Expr node : Expr.nodesOf(step.expressions())) {
      sum += of(node);
    }
    return sum;
  }

  /** The number of elements of all values that a step computes on the way. */
  public static double elements(Step step) {
    double sum = 0;
    for (Expr node : Expr.nodesOf(step.expressions())) {
      sum += node.op() instanceof Leaf ? 0 : node.shape().size();
    }
    return sum;
  }

  /** The number of operations of a node. */
  public static double of(Expr node) {
    if (node.op() instanceof Leaf) {
      return 0;
    }
    double elements = node.shape().size();
    if (node.op() instanceof MatMul matmul) {
      return elements * node.input(0).shape().dim(matmul.transposeLeft() ? -2 : -1);
    }
    if (node.op() instanceof Convolution.Forward) {
      return convolution(node.input(1).shape(), elements);
    }
    if (node.op() instanceof Convolution.ImageGradient) {
      return convolution(node.input(0).shape(), (double) node.input(1).shape().size());
    }
    if (node.op() instanceof Convolution.FilterGradient) {
      return convolution(node.shape(), (double) node.input(1).shape().size());
    }
    return elements;
  }

  private static double convolution(Shape filter, double outputs) {
    return outputs * filter.size() / filter.dim(-1);
  }
}
