package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.shape.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

/**
 * The smallest and the largest eigenvalue of a Hessian, and the fastest gradient descent for them.
 */
record Spectrum(double smallest, double largest) {
  private static final int SWEEPS = 60;

  /**
   * That of a scalar's Hessian, made of Hessian-vector products at the variables' present values.
   */
  static Spectrum of(Expr scalar, Variables variables, Engine engine) {
    Variables direction = Variables.zerosLike("direction", variables.vector());
    Vector product = Derivatives.hvp(scalar, variables.vector(), direction.vector());
    Program program = engine.compile(Step.named("product").outputs(product.components()));
    List<double[]> rows = new ArrayList<>();
    direction
        .leaves()
        .forEach(
            (name, leaf) -> {
              for (int i = 0; i < leaf.shape().size(); i++) {
                int position = i;
                engine.write(leaf, Array.fill(leaf.shape(), j -> j == position ? 1 : 0));
                rows.add(flat(program.run(Feed.none()).all()).toDoubles());
              }
              engine.write(leaf, Array.fill(leaf.shape(), j -> 0));
            });
    return of(rows.toArray(double[][]::new));
  }

  /** That of a symmetric matrix, by Jacobi's rotations. */
  static Spectrum of(double[][] symmetric) {
    double[][] a = Arrays.stream(symmetric).map(double[]::clone).toArray(double[][]::new);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      for (int p = 0; p < a.length; p++) {
        for (int q = p + 1; q < a.length; q++) {
          rotate(a, p, q);
        }
      }
    }
    double smallest = Double.POSITIVE_INFINITY;
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < a.length; i++) {
      smallest = Math.min(smallest, a[i][i]);
      largest = Math.max(largest, a[i][i]);
    }
    return new Spectrum(smallest, largest);
  }

  /** Makes the element (p, q) zero. */
  private static void rotate(double[][] a, int p, int q) {
    if (a[p][q] == 0) {
      return;
    }
    double angle = 0.5 * Math.atan2(2 * a[p][q], a[q][q] - a[p][p]);
    double c = Math.cos(angle);
    double s = Math.sin(angle);
    for (double[] row : a) {
      double left = row[p];
      row[p] = c * left - s * row[q];
      row[q] = s * left + c * row[q];
    }
    for (int k = 0; k < a.length; k++) {
      double upper = a[p][k];
      a[p][k] = c * upper - s * a[q][k];
      a[q][k] = s * upper + c * a[q][k];
    }
  }

  /** The elements of all arrays one after another. */
  static Array flat(Map<String, Array> arrays) {
    return Array.vector(
        arrays.values().stream()
            .flatMapToDouble(array -> DoubleStream.of(array.toDoubles()))
            .toArray());
  }

  /** As {@link #flat(Map)}, of those arrays whose name begins with a prefix. */
  static Array flat(Map<String, Array> arrays, String prefix) {
    ImmutableMap.Builder<String, Array> chosen = ImmutableMap.builder();
    arrays.forEach(
        (name, array) -> {
          if (name.startsWith(prefix)) {
            chosen.put(name, array);
          }
        });
    return flat(chosen.buildOrThrow());
  }

  double condition() {
    return largest / smallest;
  }

  /** Gradient descent with the momentum that is the best for a quadratic (Polyak, 1964). */
  Sgd heavyBall() {
    double root = Math.sqrt(condition());
    double rate = 2 / (Math.sqrt(largest) + Math.sqrt(smallest));
    double momentum = (root - 1) / (root + 1);
    return Sgd.rate(rate * rate).momentum(momentum * momentum);
  }

  /** The number of steps of {@link #heavyBall} after which nothing but rounding is left. */
  int steps() {
    return (int) Math.ceil(30 * Math.sqrt(condition()) + 60);
  }
}
