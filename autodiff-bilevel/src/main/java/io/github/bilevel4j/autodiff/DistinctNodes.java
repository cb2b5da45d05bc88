package io.github.bilevel4j.autodiff;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Streams;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.Op;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The nodes that some expressions are built from, as they are computed: of those that differ in
 * names only, the first stands for all.
 */
public final class DistinctNodes {
  private final Map<Expr, Expr> first = new HashMap<>();
  private final ImmutableList<Expr> all;
  private final ImmutableSet<Expr> roots;
  private final Guards guards;

  private DistinctNodes(Iterable<Expr> expressions) {
    Map<List<Object>, Expr> seen = new HashMap<>();
    ImmutableList.Builder<Expr> distinct = ImmutableList.builder();
    for (Expr node : Expr.nodesOf(expressions)) {
      Expr alike = seen.computeIfAbsent(contents(node), contents -> node);
      first.put(node, alike);
      if (alike.equals(node)) {
        distinct.add(node);
      }
    }
    all = distinct.build();
    roots = Streams.stream(expressions).map(this::first).collect(ImmutableSet.toImmutableSet());
    guards = Guards.of(all, roots, this::first);
  }

  /** The nodes of some expressions, which contain no symbolic gradient. */
  public static DistinctNodes of(Iterable<Expr> expressions) {
    return new DistinctNodes(expressions);
  }

  private List<Object> contents(Expr node) {
    List<Object> contents = new ArrayList<>();
    Op op = node.op();
    // Hashing a large constant array costs more than finding two equal ones can save.
    contents.add(op instanceof Leaf.Constant ? node : op);
    contents.addAll(inputs(node));
    return contents;
  }

  /** The node that stands for all those that differ from it in names only. */
  public Expr first(Expr node) {
    return Objects.requireNonNull(first.get(node));
  }

  /** The nodes, inputs before those that use them. */
  public ImmutableList<Expr> all() {
    return all;
  }

  /** What the expressions themselves are. */
  public ImmutableSet<Expr> roots() {
    return roots;
  }

  /** The nodes that a node uses. */
  public List<Expr> inputs(Expr node) {
    return node.inputs().stream().map(this::first).toList();
  }

  /** Under which conditions they are computed. */
  public Guards guards() {
    return guards;
  }
}
