package io.github.bilevel4j.examples.bilevel;

import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.Arrays;

/**
 * The few-shot regression of MAML (Finn et al., 2017): a task is a sine {@code y = A sin(x - b)}
 * with an amplitude uniform on [0.1, 5] and a phase uniform on [0, pi]; it gives points with x
 * uniform on [-5, 5] to adapt to and others to be judged by. All inputs are {@code [tasks, points,
 * 1]}.
 */
public record SinusoidTasks(Expr x, Expr y, Expr queryX, Expr queryY) {
  private static final int QUERIES = 10;

  /** Inputs for so many tasks at a time with so many points each to adapt to. */
  static SinusoidTasks batch(int tasks, int shots) {
    return new SinusoidTasks(
        Expr.input("x", tasks, shots, 1),
        Expr.input("y", tasks, shots, 1),
        Expr.input("query x", tasks, QUERIES, 1),
        Expr.input("query y", tasks, QUERIES, 1));
  }

  /** New tasks. */
  Feed drawn(Draws draws) {
    int tasks = x.shape().dim(0);
    double[] amplitudes = new double[tasks];
    double[] phases = new double[tasks];
    Arrays.setAll(amplitudes, task -> draws.between(0.1, 5));
    Arrays.setAll(phases, task -> draws.between(0, Math.PI));
    Array at = Array.fill(x.shape(), i -> draws.between(-5, 5));
    Array queries = Array.fill(queryX.shape(), i -> draws.between(-5, 5));
    return Feed.of(x, at)
        .and(y, values(at, amplitudes, phases))
        .and(queryX, queries)
        .and(queryY, values(queries, amplitudes, phases));
  }

  private static Array values(Array at, double[] amplitudes, double[] phases) {
    int points = at.shape().dim(1);
    return Array.fill(
        at.shape(), i -> amplitudes[i / points] * Math.sin(at.at(i) - phases[i / points]));
  }
}
