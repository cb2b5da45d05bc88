package io.github.bilevel4j.gradcheck;

import com.google.common.collect.ImmutableList;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How far the symbolic derivatives of a loss are from central differences of the derivatives one
 * order below, along one direction.
 *
 * @param relative the relative errors of the first, second and third order and so on
 */
public record DerivativeErrors(ImmutableList<Double> relative) {

  /** The relative error of an order, from 1; NaN if a derivative is not finite. */
  public double of(int order) {
    return relative.get(order - 1);
  }

  /** The highest order that was checked. */
  public int orders() {
    return relative.size();
  }

  /** The first order whose error is above a tolerance; 0 if there is none. */
  public int firstAbove(double tolerance) {
    return IntStream.rangeClosed(1, orders())
        .filter(order -> !(of(order) <= tolerance))
        .findFirst()
        .orElse(0);
  }

  /** For instance {@code order 1: 2.1e-13, order 2: 4.0e-13}. */
  @Override
  public String toString() {
    return IntStream.rangeClosed(1, orders())
        .mapToObj(order -> String.format(Locale.ROOT, "order %d: %.1e", order, of(order)))
        .collect(Collectors.joining(", "));
  }
}
