package io.github.bilevel4j.expr;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/**
 * An element of a product of spaces: named components, each an expression. Parameters, gradients
 * and search directions are vectors; the operations are those of an inner product space.
 */
public final class Vector {
  private final ImmutableMap<String, Expr> components;

  private Vector(ImmutableMap<String, Expr> components) {
    this.components = components;
  }

  /** The vector with the given components, in their order. */
  public static Vector of(Map<String, Expr> components) {
    return new Vector(ImmutableMap.copyOf(components));
  }

  /** The components by name. */
  public ImmutableMap<String, Expr> components() {
    return components;
  }

  /**
   * The component of a name.
   *
   * @throws IllegalArgumentException if there is none, listing the names that exist
   */
  public Expr get(String name) {
    return Names.lookUp("component", components, name);
  }

  /** Number of real numbers in all components together. */
  public long dimension() {
    return components.values().stream().mapToLong(c -> c.shape().size()).sum();
  }

  /** {@code this + other}. */
  public Vector plus(Vector other) {
    return zip(other, Expr::plus);
  }

  /** {@code this - other}. */
  public Vector minus(Vector other) {
    return zip(other, Expr::minus);
  }

  /** {@code scale * this}. */
  public Vector times(double scale) {
    return map(c -> c.times(scale));
  }

  /** {@code scale * this} for a scalar expression. */
  public Vector times(Expr scale) {
    return map(c -> c.times(scale));
  }

  /** The inner product, the sum over all components of the products of their elements. */
  public Expr dot(Vector other) {
    return zip(other, Expr::dot).components.values().stream()
        .reduce(Expr::plus)
        .orElse(Expr.constant(0));
  }

  /** {@code <this, this>}. */
  public Expr squaredNorm() {
    return map(Expr::squared).components.values().stream()
        .map(c -> c.sum())
        .reduce(Expr::plus)
        .orElse(Expr.constant(0));
  }

  /** The Euclidean norm of all components together; its derivative at zero is taken as zero. */
  public Expr norm() {
    return squaredNorm().guardedSqrt();
  }

  /** All components taken as constants. */
  public Vector detached() {
    return map(Expr::detached);
  }

  /** The vector of zeros of the same shapes. */
  public Vector zeros() {
    return map(c -> Expr.filled(0, c.shape()));
  }

  /**
   * All components one after another in their order, each in row-major order, shape {@code
   * [dimension]}.
   */
  public Expr flattened() {
    return components.isEmpty()
        ? Expr.filled(0, Shape.of(0))
        : Expr.concat(0, components.values().stream().map(c -> c.reshape(-1)).toArray(Expr[]::new));
  }

  /**
   * The vector with the names and shapes of this one whose {@link #flattened()} form is given.
   *
   * @throws IllegalArgumentException if the shape is not {@code [dimension]}
   */
  public Vector unflattened(Expr flat) {
    if (flat.shape().rank() != 1 || flat.shape().size() != dimension()) {
      throw UsageError.in("unflatten")
          .because("the vector has dimension %d", dimension())
          .row("vector", components.keySet().toString(), "[" + dimension() + "]")
          .row("given", flat.label(), flat.shape().toString())
          .maybe("it was flattened from other variables, or a reshape(-1) is missing.");
    }
    ImmutableMap.Builder<String, Expr> result = ImmutableMap.builder();
    int from = 0;
    for (Map.Entry<String, Expr> component : components.entrySet()) {
      Shape shape = component.getValue().shape();
      int to = from + (int) shape.size();
      result.put(component.getKey(), flat.slice(0, from, to).reshape(shape));
      from = to;
    }
    return new Vector(result.buildOrThrow());
  }

  /** A function applied to each component. */
  public Vector map(UnaryOperator<Expr> function) {
    ImmutableMap.Builder<String, Expr> result = ImmutableMap.builder();
    components.forEach((name, component) -> result.put(name, function.apply(component)));
    return new Vector(result.buildOrThrow());
  }

  /**
   * A function applied to each pair of components of the same name.
   *
   * @throws IllegalArgumentException if the names differ
   */
  public Vector zip(Vector other, BinaryOperator<Expr> function) {
    if (!components.keySet().equals(other.components.keySet())) {
      throw UsageError.in("vector")
          .because("two vectors have different components")
          .row("left", components.keySet().toString())
          .row("right", other.components.keySet().toString())
          .maybe("one of them belongs to other variables.");
    }
    ImmutableMap.Builder<String, Expr> result = ImmutableMap.builder();
    components.forEach(
        (name, component) ->
            result.put(name, function.apply(component, other.components.get(name))));
    return new Vector(result.buildOrThrow());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Vector vector && components.equals(vector.components);
  }

  @Override
  public int hashCode() {
    return components.hashCode();
  }

  @Override
  public String toString() {
    return components.toString();
  }
}
