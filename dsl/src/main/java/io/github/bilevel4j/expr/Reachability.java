package io.github.bilevel4j.expr;

import com.google.common.collect.ImmutableSet;
import com.google.common.graph.Traverser;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The nodes with which an expression varies differentiably: those with a path to it that no {@link
 * Expr#detached()}, comparison or index interrupts.
 */
public final class Reachability {
  private final ImmutableSet<Expr> reached;

  private Reachability(ImmutableSet<Expr> reached) {
    this.reached = reached;
  }

  /** The reach of an expression. */
  public static Reachability of(Expr expression) {
    return new Reachability(
        ImmutableSet.copyOf(
            Traverser.<Expr>forGraph(Reachability::differentiableInputs).breadthFirst(expression)));
  }

  /** Whether a node is among them. */
  public boolean reaches(Expr node) {
    return reached.contains(node);
  }

  private static List<Expr> differentiableInputs(Expr node) {
    return IntStream.range(0, node.inputs().size())
        .filter(node.op()::isDifferentiableIn)
        .mapToObj(node::input)
        .toList();
  }
}
