package io.github.bilevel4j.expr;

import com.google.common.graph.Traverser;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** The nodes with which an expression varies differentiably. */
final class Reachability {
  private final Set<Expr> reached = new HashSet<>();

  private Reachability() {}

  static Reachability of(Expr expression) {
    Reachability reachability = new Reachability();
    Traverser.<Expr>forGraph(Reachability::differentiableInputs)
        .breadthFirst(expression)
        .forEach(reachability.reached::add);
    return reachability;
  }

  boolean reaches(Expr node) {
    return reached.contains(node);
  }

  private static List<Expr> differentiableInputs(Expr node) {
    return IntStream.range(0, node.inputs().size())
        .filter(node.op()::isDifferentiableIn)
        .mapToObj(node::input)
        .toList();
  }
}
