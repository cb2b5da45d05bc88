package io.github.bilevel4j.gradcheck;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.HostFunction;
import io.github.bilevel4j.evaluation.Matrices;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Checks the derivatives of a scalar up to third order in float64: along a random direction v, the
 * symbolic derivative
 *
 * <pre>{@code
 * <dL/dZ, v>,   H v,   d<v, H v>/dZ
 * }</pre>
 *
 * is compared with the central difference of eighth order of {@code L}, {@code dL/dZ} and {@code H
 * v} at {@code Z + t v}. Of several steps t the one with the smallest error counts: a step that is
 * too long or too short says nothing about the derivative.
 *
 * <pre>{@code
 * DerivativeErrors errors = DerivativeCheck.orders(2).errors(views -> MyLoss.of(views.get(0)), z);
 * DerivativeCheck.orders(3).assertCorrect(views -> MyLoss.of(views.get(0)), z);
 * }</pre>
 *
 * @param orders the highest order, 1 to 3
 * @param seed the seed of the direction
 * @param tolerance the largest relative error that {@link #assertCorrect} accepts
 */
public record DerivativeCheck(int orders, long seed, double tolerance) {
  private static final double[] STEPS = {1e-2, 2e-3, 4e-4};

  /** The weights of the central difference of eighth order for 1, 2, 3 and 4 steps. */
  private static final double[] WEIGHTS = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280};

  /** Derivatives below this part of the value count as zero. */
  private static final double NEGLIGIBLE = 1e-6;

  /**
   * Checks the settings.
   *
   * @throws UsageError if the order is not 1, 2 or 3 or the tolerance not positive
   */
  public DerivativeCheck {
    Require.in("derivative check").atLeast(1, "order", orders).positive("tolerance", tolerance);
    if (orders > 3) {
      throw UsageError.in("derivative check")
          .because("the order must be 1, 2 or 3, got %d", orders)
          .error();
    }
  }

  /** A check up to an order of 1, 2 or 3, with the tolerance 1e-7. */
  public static DerivativeCheck orders(int highest) {
    return new DerivativeCheck(highest, 1, 1e-7);
  }

  /** Along the direction of another seed. */
  public DerivativeCheck seed(long other) {
    return new DerivativeCheck(orders, other, tolerance);
  }

  /** With another tolerance. */
  public DerivativeCheck within(double error) {
    return new DerivativeCheck(orders, seed, error);
  }

  /**
   * The errors of each order at a point.
   *
   * @throws UsageError if the loss is no scalar or cannot be formed at these shapes
   */
  public DerivativeErrors errors(Function<List<Expr>, Expr> loss, List<Array> point) {
    Draws draws = Draws.seed(seed);
    List<Array> direction = point.stream().map(z -> draws.normal(z.shape())).toList();
    List<Array> arguments = new ArrayList<>(point);
    arguments.addAll(direction);
    try (HostFunction derivatives =
        HostFunction.of(
            Precision.FLOAT64,
            arguments.stream().map(Array::shape).toList(),
            all -> derivatives(loss, all))) {
      Along along = new Along(derivatives, point, direction);
      ImmutableMap<String, Array> exact = along.at(0);
      double floor = NEGLIGIBLE * (1 + Math.abs(exact.get("0").scalarValue()));
      return new DerivativeErrors(
          IntStream.rangeClosed(1, orders)
              .mapToObj(order -> along.error(order, exact, floor))
              .collect(ImmutableList.toImmutableList()));
    }
  }

  /** As {@link #errors(Function, List)}. */
  public DerivativeErrors errors(Function<List<Expr>, Expr> loss, Array... point) {
    return errors(loss, List.of(point));
  }

  /**
   * Asserts that the derivatives of all orders are right at a point.
   *
   * @throws AssertionError if an error is above the tolerance, with all errors and the point
   * @throws UsageError if the loss is no scalar or cannot be formed at these shapes
   */
  public void assertCorrect(Function<List<Expr>, Expr> loss, Array... point) {
    DerivativeErrors errors = errors(loss, List.of(point));
    int wrong = errors.firstAbove(tolerance);
    if (wrong > 0) {
      throw new AssertionError(
          "the derivative of order "
              + wrong
              + " is not the limit of differences: relative errors "
              + errors
              + ", tolerance "
              + tolerance
              + "\n"
              + IntStream.range(0, point.length)
                  .mapToObj(i -> Matrices.text("z" + (i + 1), point[i]))
                  .collect(Collectors.joining("\n")));
    }
  }

  /** Derivatives along v by their order; the last of them by Z, those below contracted with v. */
  private Map<String, Expr> derivatives(Function<List<Expr>, Expr> loss, List<Expr> all) {
    int k = all.size() / 2;
    Vector z = vector(all.subList(0, k));
    Vector v = vector(all.subList(k, 2 * k));
    Expr value = loss.apply(all.subList(0, k));
    if (!value.shape().isScalar()) {
      throw UsageError.in("derivative check")
          .because("a loss is a scalar, this one has the shape %s", value.shape())
          .error();
    }
    ImmutableMap.Builder<String, Expr> results = ImmutableMap.builder();
    results.put("0", value);
    Expr contracted = value;
    for (int order = 1; order <= orders; order++) {
      Vector gradient = Derivatives.gradient(contracted, z);
      results.put(Integer.toString(order), gradient.flattened());
      contracted = gradient.dot(v);
      results.put("along " + order, contracted);
    }
    return results.buildOrThrow();
  }

  private static Vector vector(List<Expr> components) {
    ImmutableMap.Builder<String, Expr> named = ImmutableMap.builder();
    for (int i = 0; i < components.size(); i++) {
      named.put("z" + i, components.get(i));
    }
    return Vector.of(named.buildOrThrow());
  }

  /** The derivatives at points on a line. */
  private record Along(HostFunction derivatives, List<Array> point, List<Array> direction) {

    ImmutableMap<String, Array> at(double t) {
      Stream<Array> moved =
          IntStream.range(0, point.size())
              .mapToObj(
                  i ->
                      Array.fill(
                          point.get(i).shape(),
                          j -> point.get(i).at(j) + t * direction.get(i).at(j)));
      return derivatives.at(Stream.concat(moved, direction.stream()).toList());
    }

    /** The smallest relative error over the steps; NaN if a derivative is not finite. */
    double error(int order, ImmutableMap<String, Array> exact, double floor) {
      // The first order is contracted with v, the differences of L have no other component.
      Array derivative = exact.get(order == 1 ? "along 1" : Integer.toString(order));
      String below = Integer.toString(order - 1);
      double smallest = Double.NaN;
      for (double step : STEPS) {
        Array difference = difference(below, derivative, step);
        double scale = Math.max(Rows.largest(derivative), Rows.largest(difference));
        double error = Rows.difference(derivative, difference) / Math.max(scale, floor);
        smallest = Double.isNaN(smallest) ? error : Math.min(smallest, error);
      }
      return smallest;
    }

    private Array difference(String quantity, Array like, double step) {
      double[] sum = new double[like.size()];
      for (int k = 1; k <= WEIGHTS.length; k++) {
        Array ahead = at(k * step).get(quantity);
        Array behind = at(-k * step).get(quantity);
        for (int i = 0; i < sum.length; i++) {
          sum[i] += WEIGHTS[k - 1] * (ahead.at(i) - behind.at(i)) / step;
        }
      }
      return Array.of(like.shape(), sum);
    }
  }
}
