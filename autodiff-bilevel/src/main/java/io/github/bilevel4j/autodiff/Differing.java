package io.github.bilevel4j.autodiff;

import com.google.common.collect.Iterables;
import com.google.common.graph.Traverser;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.AllSum;
import io.github.bilevel4j.op.Leaf;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Which nodes may have other values on other replicas: those that are built from the replica's
 * index or from leaves that differ, other than by a sum over all replicas.
 */
public final class Differing {
  private final Predicate<Leaf> differs;
  private final Map<Expr, Boolean> known = new HashMap<>();

  /**
   * With given leaves that differ.
   *
   * @param differs asked for constants, variables and inputs
   */
  public Differing(Predicate<Leaf> differs) {
    this.differs = differs;
  }

  /** Whether a node, which contains no symbolic gradient, may differ. */
  public boolean test(Expr expression) {
    if (!known.containsKey(expression)) {
      // What is known is not walked through again: there are many expressions with common parts.
      Traverser<Expr> unknown =
          Traverser.forGraph(
              node -> Iterables.filter(node.inputs(), input -> !known.containsKey(input)));
      for (Expr node : unknown.depthFirstPostOrder(expression)) {
        known.computeIfAbsent(node, this::differing);
      }
    }
    return Objects.requireNonNull(known.get(expression));
  }

  private boolean differing(Expr node) {
    if (node.op() instanceof Leaf leaf) {
      return leaf instanceof Leaf.ReplicaIndex || differs.test(leaf);
    }
    return !(node.op() instanceof AllSum)
        && node.inputs().stream().anyMatch(input -> Objects.requireNonNull(known.get(input)));
  }
}
