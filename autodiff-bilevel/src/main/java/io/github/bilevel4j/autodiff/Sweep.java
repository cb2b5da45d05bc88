package io.github.bilevel4j.autodiff;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.autodiff.rule.Rules;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Shape;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One reverse sweep: for roots {@code f_k} with seeds {@code u_k}, the adjoints {@code sum_k (d f_k
 * / d p)^T u_k} of the points {@code p}. Only nodes between a root and a point get an adjoint, each
 * node's rule is applied once, and an adjoint that is zero by structure is absent. The expressions
 * must contain no symbolic gradient.
 */
final class Sweep {
  private final ImmutableSet<Expr> points;
  private final Set<Expr> leading = new HashSet<>();
  private final Map<Expr, Expr> adjoints = new HashMap<>();

  private Sweep(ImmutableSet<Expr> points) {
    this.points = points;
  }

  /** The sweep from roots with their seeds, in the order given, to points. */
  static Sweep of(Map<Expr, Expr> seeds, ImmutableSet<Expr> points) {
    Sweep sweep = new Sweep(points);
    sweep.adjoints.putAll(seeds);
    ImmutableList<Expr> nodes = ImmutableList.copyOf(Expr.nodesOf(seeds.keySet()));
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
    Expr adjoint = adjoints.get(node);
    if (adjoint == null) {
      return;
    }
    for (int i = 0; i < node.inputs().size(); i++) {
      if (leadsThrough(node, i)) {
        Expr input = node.input(i);
        Expr share = summedTo(input.shape(), Rules.adjoint(node, i, adjoint));
        adjoints.merge(input, share, Expr::plus);
      }
    }
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
