package io.github.bilevel4j.autodiff;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.common.graph.Traverser;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.AllSum;
import io.github.bilevel4j.op.Leaf;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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

  /**
   * Once steps have run, however often: inputs differ, and so do the variables that any of the
   * steps assigns a value that differs.
   */
  public static Differing after(Collection<Step> steps) {
    Map<Leaf, List<Expr>> assigned = new HashMap<>();
    for (Step step : steps) {
      List<Expr> values = Derivatives.values(step.updates().stream().map(Update::value).toList());
      for (int i = 0; i < values.size(); i++) {
        Leaf variable = (Leaf) step.updates().get(i).variable().op();
        assigned.computeIfAbsent(variable, leaf -> new ArrayList<>()).add(values.get(i));
      }
    }
    Set<Leaf> differing = new HashSet<>();
    while (true) {
      Set<Leaf> before = ImmutableSet.copyOf(differing);
      Differing found = new Differing(leaf -> leaf instanceof Leaf.Input || before.contains(leaf));
      assigned.forEach(
          (variable, values) -> {
            if (values.stream().anyMatch(found::test)) {
              differing.add(variable);
            }
          });
      if (differing.equals(before)) {
        return found;
      }
    }
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
