package io.github.bilevel4j.autodiff;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.LinkedHashMultimap;
import com.google.common.collect.SetMultimap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Gradient;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The replacement of symbolic gradients by real derivatives, inner ones first. All gradients of one
 * scalar share one sweep.
 */
final class Expansion {
  private final SetMultimap<Expr, Expr> pointsOfScalar = LinkedHashMultimap.create();
  private final Map<Expr, Sweep> sweeps = new HashMap<>();
  private final Map<Expr, Expr> expanded = new HashMap<>();

  private Expansion() {}

  /** The expansion of some expressions and everything below them. */
  static Expansion of(Iterable<Expr> roots) {
    Expansion expansion = new Expansion();
    ImmutableList<Expr> nodes = ImmutableList.copyOf(Expr.nodesOf(roots));
    for (Expr node : nodes) {
      if (node.op() instanceof Gradient) {
        expansion.pointsOfScalar.put(node.input(0), node.input(1));
      }
    }
    for (Expr node : nodes) {
      expansion.expanded.put(node, expansion.expand(node));
    }
    return expansion;
  }

  /** The expanded form of one of the expressions that it was made for. */
  Expr apply(Expr root) {
    return Objects.requireNonNull(expanded.get(root));
  }

  private Expr expand(Expr node) {
    return node.op() instanceof Gradient ? derivative(node.input(0), node.input(1)) : rebuilt(node);
  }

  private Expr derivative(Expr scalar, Expr point) {
    Expr expandedPoint = apply(point);
    Sweep sweep = sweeps.get(scalar);
    if (sweep == null || !sweep.points().contains(expandedPoint)) {
      sweep = Sweep.of(ImmutableMap.of(apply(scalar), Expr.constant(1)), knownPoints(scalar));
      sweeps.put(scalar, sweep);
    }
    return sweep.adjointOrZeros(expandedPoint);
  }

  /**
   * The expanded points of a scalar's gradients. Those not expanded yet come later than the scalar,
   * so that it was not built from them.
   */
  private ImmutableSet<Expr> knownPoints(Expr scalar) {
    return pointsOfScalar.get(scalar).stream()
        .filter(expanded::containsKey)
        .map(expanded::get)
        .collect(ImmutableSet.toImmutableSet());
  }

  private Expr rebuilt(Expr node) {
    return node.rebuilt(node.inputs().stream().map(this::apply).toList());
  }
}
