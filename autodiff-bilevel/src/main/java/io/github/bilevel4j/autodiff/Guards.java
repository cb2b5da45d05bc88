package io.github.bilevel4j.autodiff;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.common.collect.Lists;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Cond;
import io.github.bilevel4j.op.Leaf;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Under which conditions nodes are used: the guards of a node are the branches of {@link Cond}s,
 * the outermost first, through which all ways from the node to a root lead. A node need only be
 * computed where its guards hold. Leaves have none.
 */
public final class Guards {

  /** One branch: that of a predicate, or of its opposite. */
  public record Guard(Expr predicate, boolean holds) {}

  private final Map<Expr, ImmutableList<Guard>> guards = new HashMap<>();
  private final UnaryOperator<Expr> representative;

  private Guards(UnaryOperator<Expr> representative) {
    this.representative = representative;
  }

  /**
   * The guards of some nodes.
   *
   * @param nodes all nodes, inputs before the nodes that use them
   * @param roots those that are used outside of any branch
   * @param representative the node that stands for an input, one of the nodes
   */
  public static Guards of(
      List<Expr> nodes, ImmutableSet<Expr> roots, UnaryOperator<Expr> representative) {
    Guards guards = new Guards(representative);
    if (nodes.stream().anyMatch(node -> node.op() instanceof Cond)) {
      for (Expr node : Lists.reverse(nodes)) {
        if (roots.contains(node) || node.op() instanceof Leaf) {
          guards.guards.put(node, ImmutableList.of());
        }
        for (int i = 0; i < node.inputs().size(); i++) {
          guards.guards.merge(
              representative.apply(node.input(i)), guards.ofUse(node, i), Guards::commonPrefix);
        }
      }
    }
    return guards;
  }

  /** The guards of a node. */
  public ImmutableList<Guard> of(Expr node) {
    return guards.getOrDefault(node, ImmutableList.of());
  }

  /** The guards of a node's use of an input: its own, and its branch if it is a {@link Cond}. */
  ImmutableList<Guard> ofUse(Expr node, int input) {
    ImmutableList<Guard> own = of(node);
    if (input == 0 || !(node.op() instanceof Cond)) {
      return own;
    }
    Guard branch = new Guard(representative.apply(node.input(0)), input == 1);
    return ImmutableList.<Guard>builder().addAll(own).add(branch).build();
  }

  private static ImmutableList<Guard> commonPrefix(List<Guard> left, List<Guard> right) {
    int length = 0;
    while (length < Math.min(left.size(), right.size())
        && left.get(length).equals(right.get(length))) {
      length++;
    }
    return ImmutableList.copyOf(Iterables.limit(left, length));
  }
}
