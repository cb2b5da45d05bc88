package io.github.bilevel4j.losses.kernel;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.stream.DoubleStream;

/**
 * How long the frequencies of the inverse multiquadric kernel of scale one are in d dimensions:
 *
 * <pre>
 * P(a) ~ K_v(a) a^v,   v = (d - 1) / 2,
 * </pre>
 *
 * <p>with the modified Bessel function K of the second kind, on a grid of amplitudes.
 *
 * <p>Source: Li, Pogodin, Sutherland, Gretton, "Self-supervised learning with kernel dependence
 * maximization" (SSL-HSIC), 2021.
 *
 * @param amplitudes the grid, ascending, {@code [points]}
 * @param probabilities of its points, {@code [points]}
 */
public record KernelSpectrum(Array amplitudes, Array probabilities) {
  private static final int POINTS = 10_000;
  private static final double SMALLEST = 1e-12;
  private static final double LARGEST = 100;

  /** The law on 10,000 equally spaced amplitudes from 1e-12 to 100. */
  public static KernelSpectrum inDimensions(int d) {
    double step = (LARGEST - SMALLEST) / (POINTS - 1);
    return on(Array.fill(Shape.of(POINTS), i -> SMALLEST + i * step), d);
  }

  /** The law in d dimensions on given positive amplitudes. */
  public static KernelSpectrum on(Array amplitudes, int d) {
    double order = (d - 1) / 2.0;
    double[] logs =
        DoubleStream.of(amplitudes.toDoubles())
            .map(a -> BesselK.log(order, a) + order * Math.log(a))
            .toArray();
    double largest = DoubleStream.of(logs).max().orElse(0);
    double total = DoubleStream.of(logs).map(log -> Math.exp(log - largest)).sum();
    return new KernelSpectrum(
        amplitudes, Array.fill(amplitudes.shape(), i -> Math.exp(logs[i] - largest) / total));
  }

  /** Independent draws, {@code [count]}: the amplitudes at which the distribution passes them. */
  Expr drawn(int count, RandomKey randomness) {
    double[] cumulative = probabilities.toDoubles();
    Arrays.parallelPrefix(cumulative, Double::sum);
    Expr positions =
        countAtMost(randomness.uniform(count), Expr.constant(Array.vector(cumulative)));
    return Expr.constant(amplitudes).gather(positions.minimum(amplitudes.size() - 1));
  }

  /** How many elements of an ascending table are at most each value, by bisection. */
  private static Expr countAtMost(Expr values, Expr ascending) {
    int size = ascending.shape().dim(0);
    Expr count = Expr.filled(0, values.shape());
    for (int step = Integer.highestOneBit(size); step > 0; step /= 2) {
      Expr next = count.plus(step);
      Expr largest = ascending.gather(next.minimum(size).minus(1));
      count = values.atLeast(largest).where(next.minimum(size), count);
    }
    return count;
  }
}
