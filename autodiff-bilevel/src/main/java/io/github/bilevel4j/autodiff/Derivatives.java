package io.github.bilevel4j.autodiff;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.CustomGradient;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Derivatives of expressions as expressions, of any order. All results are expanded: they contain
 * primitives only, no symbolic {@link Expr#gradient(Expr) gradient}.
 *
 * <p>The components of a point may be leaves or any expressions that the function was built from;
 * what lies below such an expression is then constant, and a component that the function does not
 * reach has derivative zero ({@link #reached} tells which do).
 */
public final class Derivatives {
  private static final String ONLY = "only";

  private Derivatives() {}

  /**
   * {@code d scalar / d point}, in the shape of the point.
   *
   * @throws IllegalArgumentException if the function is not a scalar
   */
  public static Expr gradient(Expr scalar, Expr point) {
    return expand(scalar.gradient(point));
  }

  /**
   * {@code d scalar / d point} for all components, by one reverse sweep.
   *
   * @throws IllegalArgumentException if the function is not a scalar
   */
  public static Vector gradient(Expr scalar, Vector point) {
    return expand(scalar.gradient(point));
  }

  /**
   * The names of the components with which a function, scalar or not, varies differentiably. No
   * path leads to the others, or each is cut by a detached value, a comparison or an index: their
   * derivative is zero whatever the values.
   */
  public static ImmutableSet<String> reached(Expr function, Vector point) {
    Expansion expansion = Expansion.of(Iterables.concat(List.of(function), components(point)));
    Vector expandedPoint = point.map(expansion::apply);
    Expr root = expansion.apply(function);
    Sweep sweep =
        Sweep.of(ImmutableMap.of(root, Expr.filled(1, root.shape())), pointSet(expandedPoint));
    return expandedPoint.components().entrySet().stream()
        .filter(component -> sweep.adjoint(component.getValue()).isPresent())
        .map(Map.Entry::getKey)
        .collect(ImmutableSet.toImmutableSet());
  }

  /** The names of the components with which any component of a function does. */
  public static ImmutableSet<String> reached(Vector function, Vector point) {
    return function.components().values().stream()
        .flatMap(component -> reached(component, point).stream())
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Whether a function, scalar or not, varies differentiably with a point. */
  public static boolean reaches(Expr function, Expr point) {
    return !reached(function, Vector.of(ImmutableMap.of("point", point))).isEmpty();
  }

  /** The expression with real derivatives in place of its symbolic gradients. */
  public static Expr expand(Expr expression) {
    return Expansion.of(List.of(expression)).apply(expression);
  }

  /** {@link #expand(Expr)} of all components; gradients of one scalar share one sweep. */
  public static Vector expand(Vector vector) {
    return vector.map(Expansion.of(components(vector))::apply);
  }

  /** {@link #expand(Expr)} of all expressions; gradients of one scalar share one sweep. */
  public static ImmutableList<Expr> expand(List<Expr> expressions) {
    return expressions.stream()
        .map(Expansion.of(expressions)::apply)
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * {@link #expand(List)}, as an engine computes it: a custom gradient is its value alone, so that
   * what it is differentiated as is not computed. The results are not to be differentiated.
   */
  public static ImmutableList<Expr> values(List<Expr> expressions) {
    ImmutableList<Expr> expanded = expand(expressions);
    Map<Expr, Expr> values = new HashMap<>();
    for (Expr node : Expr.nodesOf(expanded)) {
      values.put(
          node,
          node.op() instanceof CustomGradient
              ? values.get(node.input(0))
              : node.rebuilt(node.inputs().stream().map(values::get).toList()));
    }
    return expanded.stream().map(values::get).collect(ImmutableList.toImmutableList());
  }

  /**
   * The vector-Jacobian product {@code J^T u} for {@code J = d function / d point} and {@code u}
   * the adjoint, by one reverse sweep: the gradient of {@code <function, u>} where u counts as a
   * constant, even if it depends on the point.
   *
   * @throws IllegalArgumentException if names or shapes of the function and of the adjoint differ
   */
  public static Vector vjp(Vector function, Vector point, Vector adjoint) {
    requireAlike("vjp", "function", function, "adjoint", adjoint);
    Expansion expansion =
        Expansion.of(
            Iterables.concat(components(function), components(point), components(adjoint)));
    Map<Expr, Expr> seeds = new LinkedHashMap<>();
    function
        .components()
        .forEach(
            (name, f) ->
                seeds.merge(expansion.apply(f), expansion.apply(adjoint.get(name)), Expr::plus));
    Vector expandedPoint = point.map(expansion::apply);
    return expandedPoint.map(Sweep.of(seeds, pointSet(expandedPoint))::adjointOrZeros);
  }

  /**
   * The Jacobian-vector product {@code J v} for {@code J = d function / d point} and {@code v} the
   * direction, which counts as a constant. {@code J^T u} is linear in {@code u}, and its transposed
   * derivative in u, applied to v, is {@code J v}, in which u no longer occurs.
   *
   * @throws IllegalArgumentException if names or shapes of the point and of the direction differ
   */
  public static Vector jvp(Vector function, Vector point, Vector direction) {
    requireAlike("jvp", "point", point, "direction", direction);
    Vector adjoint = function.map(f -> Expr.input("adjoint", f.shape().toArray()));
    return vjp(vjp(function, point, adjoint), adjoint, direction);
  }

  /**
   * The whole Jacobian {@code J_ij = d y_i / d x_j} of the elements of a function y and of a point
   * x, both counted row by row, {@code [|y|, |x|]}: all its columns {@code J e_j} at once, as one
   * {@link Batching batch}, so that the graph does not grow with their number.
   */
  public static Expr jacobian(Expr function, Expr point) {
    int columns = Math.toIntExact(point.shape().size());
    Expr direction = Expr.input("direction", columns);
    Expr column = jvp(of(function), of(point), of(direction.reshape(point.shape()))).get(ONLY);
    return Batching.ofUnits(direction)
        .apply(column)
        .reshape(columns, Math.toIntExact(function.shape().size()))
        .transposed();
  }

  /**
   * The whole Hessian {@code H_ij = d^2 scalar / d x_i d x_j}, {@code [|x|, |x|]}: the {@link
   * #jacobian} of the gradient.
   *
   * @throws IllegalArgumentException if the function is not a scalar
   */
  public static Expr hessian(Expr scalar, Expr point) {
    return jacobian(gradient(scalar, point), point);
  }

  private static Vector of(Expr only) {
    return Vector.of(ImmutableMap.of(ONLY, only));
  }

  /**
   * The Hessian-vector product {@code H v} for {@code H = d^2 scalar / d point^2} and {@code v} the
   * direction: the gradient of {@code <gradient, v>} where v counts as a constant, even if it
   * depends on the point.
   *
   * @throws IllegalArgumentException if the function is not a scalar, or if names or shapes of the
   *     point and of the direction differ
   */
  public static Vector hvp(Expr scalar, Vector point, Vector direction) {
    requireAlike("hvp", "point", point, "direction", direction);
    return vjp(gradient(scalar, point), point, direction);
  }

  private static Iterable<Expr> components(Vector vector) {
    return vector.components().values();
  }

  private static ImmutableSet<Expr> pointSet(Vector point) {
    return ImmutableSet.copyOf(components(point));
  }

  private static void requireAlike(
      String operation, String role, Vector vector, String otherRole, Vector other) {
    if (!vector.components().keySet().equals(other.components().keySet())) {
      throw UsageError.in(operation)
          .because("%s and %s have different components", role, otherRole)
          .row(role, vector.components().keySet().toString())
          .row(otherRole, other.components().keySet().toString())
          .maybe("one of them belongs to other variables.");
    }
    for (String name : vector.components().keySet()) {
      Expr left = vector.get(name);
      Expr right = other.get(name);
      if (!left.shape().equals(right.shape())) {
        throw UsageError.in(operation)
            .because("the shapes of component \"%s\" differ", name)
            .row(role, left.label(), left.shape().toString())
            .row(otherRole, right.label(), right.shape().toString())
            .maybe("one of them belongs to other variables.");
      }
    }
  }
}
