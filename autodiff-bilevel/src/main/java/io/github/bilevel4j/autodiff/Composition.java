package io.github.bilevel4j.autodiff;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.BatchNormalization;
import io.github.bilevel4j.op.BatchNormalization.Forward;
import io.github.bilevel4j.op.BatchNormalization.Gradient;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Primitives that stand for several elementary ones, written with these. */
public final class Composition {
  private Composition() {}

  /** Whether a node's primitive is composed of others. */
  public static boolean exists(Expr node) {
    return node.op() instanceof BatchNormalization;
  }

  /** The same values with elementary primitives in place of some nodes that are composed. */
  public static ImmutableList<Expr> replacing(Predicate<Expr> chosen, List<Expr> roots) {
    Map<Expr, Expr> values = new HashMap<>();
    for (Expr node : Expr.nodesOf(roots)) {
      Expr rebuilt = node.rebuilt(node.inputs().stream().map(values::get).toList());
      values.put(node, exists(node) && chosen.test(node) ? of(rebuilt) : rebuilt);
    }
    return roots.stream().map(values::get).collect(ImmutableList.toImmutableList());
  }

  /** The composition of elementary primitives that a node stands for, if there is one. */
  static Expr of(Expr node) {
    if (node.op() instanceof Forward op) {
      return forward(op, node.input(0), node.input(1), node.input(2));
    }
    return gradient((Gradient) node.op(), node.inputs());
  }

  private static Expr forward(Forward op, Expr x, Expr scale, Expr offset) {
    int[] axes = BatchNormalization.rowAxes(x.shape());
    return switch (op.result()) {
      case MEAN -> x.mean(axes);
      case VARIANCE -> x.variance(axes);
      case OUTPUT ->
          x.centered(axes)
              .times(scale.dividedBy(x.variance(axes).plus(op.epsilon()).sqrt()))
              .plus(offset);
    };
  }

  private static Expr gradient(Gradient op, List<Expr> inputs) {
    Expr x = inputs.get(0);
    Expr a = inputs.get(4);
    int[] axes = BatchNormalization.rowAxes(x.shape());
    Expr root = inputs.get(3).plus(op.epsilon()).sqrt();
    Expr h = x.minus(inputs.get(2)).dividedBy(root);
    return switch (op.of()) {
      case X ->
          a.centered(axes)
              .minus(h.times(a.times(h).mean(axes)))
              .times(inputs.get(1).dividedBy(root));
      case SCALE -> a.times(h).sum(axes);
      case OFFSET -> a.sum(axes);
    };
  }
}
