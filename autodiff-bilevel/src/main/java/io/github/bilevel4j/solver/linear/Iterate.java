package io.github.bilevel4j.solver.linear;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import java.util.Map;
import java.util.function.BinaryOperator;

/**
 * What an iterative method carries from one iteration to the next, by name, and what it tells of
 * the last one.
 *
 * @param vectors kept on the device
 * @param measured scalars sent to the host after each iteration
 */
public record Iterate(ImmutableMap<String, Vector> vectors, ImmutableMap<String, Expr> measured) {
  /** The name of {@code x} where a method keeps it as a vector. */
  public static final String SOLUTION = "solution";

  /** The measurement {@code ||b - A x||^2}, by which a solve is stopped. */
  public static final String SQUARED_RESIDUAL = "squared residual";

  /**
   * The measurement {@code p.A p / p.p}; a negative value stops a solve by a method that
   * {@linkplain LinearSolver#needsPositiveCurvature needs a positive one}, and zero, up to
   * rounding, counts as {@link #SINGULAR} there.
   */
  public static final String CURVATURE = "curvature";

  /**
   * The measurement 1 if the operator was found to be singular, else 0. The solve then ends with an
   * error, unless the solution satisfies the system nevertheless; only a {@link DirectSolver} makes
   * further iterations before.
   */
  public static final String SINGULAR = "singular";

  /**
   * The measurement 1 if an iteration has left the solution where it was and all further ones will,
   * else 0. Where the residual is large then, the solve ends with an error.
   */
  public static final String AT_REST = "at rest";

  /** The measurement 1 once a method has fallen back to another, else 0. */
  public static final String FALLBACK = "fallback";

  /** An iterate of the given solution. */
  public static Iterate at(Vector solution) {
    return new Iterate(ImmutableMap.of(), ImmutableMap.of()).with(SOLUTION, solution);
  }

  /** An iterate that keeps no solution yet. */
  public static Iterate without() {
    return new Iterate(ImmutableMap.of(), ImmutableMap.of());
  }

  /** With one more vector. */
  public Iterate with(String name, Vector vector) {
    return new Iterate(put(vectors, name, vector), measured);
  }

  /** With one more tensor, kept as a vector of one component. */
  public Iterate with(String name, Expr tensor) {
    return with(name, Vector.of(ImmutableMap.of(name, tensor)));
  }

  /** With one more measurement. */
  public Iterate measuring(String name, Expr scalar) {
    return new Iterate(vectors, put(measured, name, scalar));
  }

  /** With the vectors of another one where a condition is zero; with these measurements. */
  Iterate where(Expr condition, Iterate other) {
    return choosing(other, condition::where);
  }

  /**
   * As {@link #where}, but not computed at all if a condition is zero; the measurements are zero
   * then.
   */
  Iterate onlyIf(Expr condition, Iterate other) {
    return new Iterate(
        choosing(other, (next, now) -> Expr.cond(condition, next, now)).vectors,
        ImmutableMap.copyOf(
            Maps.transformValues(
                measured, scalar -> Expr.cond(condition, scalar, Expr.constant(0)))));
  }

  private Iterate choosing(Iterate other, BinaryOperator<Expr> choice) {
    ImmutableMap.Builder<String, Vector> chosen = ImmutableMap.builder();
    vectors.forEach((name, v) -> chosen.put(name, v.zip(other.vector(name), choice)));
    return new Iterate(chosen.buildOrThrow(), measured);
  }

  private static <T> ImmutableMap<String, T> put(Map<String, T> map, String name, T value) {
    return ImmutableMap.<String, T>builder().putAll(map).put(name, value).buildOrThrow();
  }

  /**
   * The vector of a name.
   *
   * @throws UsageError if there is none
   */
  public Vector vector(String name) {
    Vector vector = vectors.get(name);
    if (vector == null) {
      throw UsageError.in("iterate")
          .because("there is no vector named \"%s\"", name)
          .row("vectors", vectors.keySet().toString())
          .maybe("the method's start(...) does not set it.");
    }
    return vector;
  }

  /** The tensor of a name, see {@link #with(String, Expr)}. */
  public Expr tensor(String name) {
    return vector(name).get(name);
  }

  /** The solution. */
  public Vector solution() {
    return vector(SOLUTION);
  }
}
