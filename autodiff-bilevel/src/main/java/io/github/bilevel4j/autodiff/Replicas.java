package io.github.bilevel4j.autodiff;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.AllSum;
import io.github.bilevel4j.op.Leaf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * What several replicas compute, as expressions of one process: each node exists once for each
 * replica, and a sum over replicas is the sum of its operand's copies. A reference for engines on
 * several processes.
 */
public final class Replicas {
  private Replicas() {}

  /**
   * The values of an expression on all replicas. Symbolic gradients are expanded first.
   *
   * @param leaves what takes the place of leaves on a replica, by its number: its own rows for an
   *     input, for instance; other leaves are the same on all
   */
  public static ImmutableList<Expr> together(
      Expr expression, int replicas, IntFunction<Map<Expr, Expr>> leaves) {
    Expr root = Derivatives.expand(expression);
    List<Map<Expr, Expr>> copies = new ArrayList<>();
    for (int replica = 0; replica < replicas; replica++) {
      copies.add(new HashMap<>(leaves.apply(replica)));
    }
    for (Expr node : Expr.nodesOf(List.of(root))) {
      for (int replica = 0; replica < replicas; replica++) {
        Map<Expr, Expr> own = copies.get(replica);
        if (node.op() instanceof Leaf.ReplicaIndex) {
          own.put(node, Expr.constant(replica));
        } else if (node.op() instanceof AllSum) {
          own.put(
              node,
              copies.stream()
                  .map(copy -> copy.get(node.input(0)))
                  .reduce(Expr::plus)
                  .orElseThrow());
        } else {
          own.computeIfAbsent(
              node, each -> each.rebuilt(each.inputs().stream().map(own::get).toList()));
        }
      }
    }
    return IntStream.range(0, replicas)
        .mapToObj(replica -> copies.get(replica).get(root))
        .collect(ImmutableList.toImmutableList());
  }
}
