package io.github.bilevel4j.autodiff;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.autodiff.Guards.Guard;
import io.github.bilevel4j.autodiff.rule.Rules;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Cond;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One reverse sweep: for roots {@code f_k} with seeds {@code u_k}, the adjoints {@code sum_k (d f_k
 * / d p)^T u_k} of the points {@code p}. Only nodes between a root and a point get an adjoint, each
 * node's rule is applied once, and an adjoint that is zero by structure is absent. The expressions
 * must contain no symbolic gradient.
 *
 * <p>Within a branch of a {@link Cond}, adjoints are those of the branch being chosen. Where they
 * leave it, they are one branch of a condition again, so that no more than the chosen one's are
 * computed.
 */
final class Sweep {
  private final ImmutableSet<Expr> points;
  private final Set<Expr> leading = new HashSet<>();
  private final Map<Expr, Expr> adjoints = new HashMap<>();
  private final Guards guards;

  /** The shares of adjoints, by the branches that they leave. */
  private final Map<Expr, Map<List<Guard>, Expr>> shares = new HashMap<>();

  private Sweep(ImmutableSet<Expr> points, Guards guards) {
    this.points = points;
    this.guards = guards;
  }

  /** The sweep from roots with their seeds, in the order given, to points. */
  static Sweep of(Map<Expr, Expr> seeds, ImmutableSet<Expr> points) {
    ImmutableList<Expr> nodes = ImmutableList.copyOf(Expr.nodesOf(seeds.keySet()));
    ImmutableSet<Expr> unguarded =
        ImmutableSet.<Expr>builder().addAll(seeds.keySet()).addAll(points).build();
    Sweep sweep = new Sweep(points, Guards.of(nodes, unguarded, node -> node));
    seeds.forEach((root, seed) -> sweep.share(root, ImmutableList.of(), seed));
    nodes.forEach(sweep::mark);
    nodes.reverse().forEach(sweep::propagate);
    return sweep;
  }

  /** The points that it was made for. */
  ImmutableSet<Expr> points() {
    return points;
  }

  /** The adjoint of a point; empty if no root reaches it. */
  Optional<Expr> adjoint(Expr point) {
    return Optional.ofNullable(adjoints.get(point));
  }

  /** The adjoint of a point, zeros if no root reaches it. */
  Expr adjointOrZeros(Expr point) {
    return adjoint(point).orElseGet(() -> Expr.filled(0, point.shape()));
  }

  /** Marks the nodes that lead to a point; inputs come before the nodes that use them. */
  private void mark(Expr node) {
    boolean leads = points.contains(node);
    for (int i = 0; i < node.inputs().size() && !leads; i++) {
      leads = leadsThrough(node, i);
    }
    if (leads) {
      leading.add(node);
    }
  }

  private boolean leadsThrough(Expr node, int input) {
    return node.op().isDifferentiableIn(input) && leading.contains(node.input(input));
  }

  /** Hands a node's adjoint, which is complete as all its users come earlier, to its inputs. */
  private void propagate(Expr node) {
    Map<List<Guard>, Expr> parts = shares.remove(node);
    if (parts == null) {
      return;
    }
    Expr adjoint = total(parts, node.shape());
    adjoints.put(node, adjoint);
    for (int i = 0; i < node.inputs().size(); i++) {
      if (leadsThrough(node, i)) {
        Expr input = node.input(i);
        ImmutableList<Guard> use = guards.ofUse(node, i);
        Expr share =
            node.op() instanceof Cond
                ? adjoint
                : summedTo(input.shape(), Rules.adjoint(node, i, adjoint));
        share(input, use.subList(guards.of(input).size(), use.size()), share);
      }
    }
  }

  private void share(Expr node, List<Guard> leaving, Expr share) {
    shares.computeIfAbsent(node, key -> new LinkedHashMap<>()).merge(leaving, share, Expr::plus);
  }

  /** The sum of all shares, each zero where a branch that it leaves is not chosen. */
  private static Expr total(Map<List<Guard>, Expr> shares, Shape shape) {
    List<Expr> terms = new ArrayList<>();
    Set<Expr> predicates = new LinkedHashSet<>();
    shares.forEach(
        (leaving, share) -> {
          if (leaving.isEmpty()) {
            terms.add(share);
          } else {
            predicates.add(leaving.get(0).predicate());
          }
        });
    for (Expr predicate : predicates) {
      terms.add(
          Expr.cond(
              predicate,
              within(new Guard(predicate, true), shares, shape),
              within(new Guard(predicate, false), shares, shape)));
    }
    return terms.stream().reduce(Expr::plus).orElseGet(() -> Expr.filled(0, shape));
  }

  /** The sum of the shares that leave a branch, if it is chosen. */
  private static Expr within(Guard branch, Map<List<Guard>, Expr> shares, Shape shape) {
    Map<List<Guard>, Expr> inner = new LinkedHashMap<>();
    shares.forEach(
        (leaving, share) -> {
          if (!leaving.isEmpty() && leaving.get(0).equals(branch)) {
            inner.put(leaving.subList(1, leaving.size()), share);
          }
        });
    return total(inner, shape);
  }

  /** The adjoint of an operand that was broadcast: the sum over the axes along which it was. */
  private static Expr summedTo(Shape shape, Expr adjoint) {
    if (adjoint.shape().equals(shape)) {
      return adjoint;
    }
    int added = adjoint.shape().rank() - shape.rank();
    ImmutableIntArray.Builder stretched = ImmutableIntArray.builder();
    for (int axis = 0; axis < adjoint.shape().rank(); axis++) {
      if (axis < added || shape.dim(axis - added) != adjoint.shape().dim(axis)) {
        stretched.add(axis);
      }
    }
    return adjoint.sumKeeping(stretched.build().toArray()).reshape(shape);
  }
}
