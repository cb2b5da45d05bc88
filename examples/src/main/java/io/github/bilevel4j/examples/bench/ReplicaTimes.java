package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.Solver;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What one replica measures.
 *
 * @param latency seconds of a sum of one number over all replicas
 * @param rate bytes a second of a sum of 16 MB, on each link of the ring
 * @param steps of each problem
 */
public record ReplicaTimes(double latency, double rate, Map<ScaledProblem, StepTime> steps) {
  /**
   * A step.
   *
   * @param seconds the median
   * @param messages that it was seen to send
   */
  public record StepTime(double seconds, long messages) {}

  private static final int CHAIN = 50;
  private static final int LARGE = 1 << 22;
  private static final String SUM = "CollectiveReduceV2";

  /** Measures problems on one of the replicas of an engine, all of which do the same. */
  public static ReplicaTimes measured(
      Set<ScaledProblem> problems, Workload workload, int runs, TensorFlowEngine engine) {
    Map<String, Runnable> things = new LinkedHashMap<>();
    int replicas = engine.replicas();
    if (replicas > 1) {
      things.put("nothing", run(Expr.replicaIndex(replicas), engine));
      things.put("chain", run(chain(replicas), engine));
      things.put("large", run(large(replicas), engine));
    }
    Map<ScaledProblem, Long> messages = new EnumMap<>(ScaledProblem.class);
    for (ScaledProblem problem : problems) {
      Solver solver = problem.solver(workload, engine);
      Runnable step = () -> solver.step(Feed.none());
      messages.put(problem, messages(step, engine));
      things.put(problem.toString(), step);
    }
    ImmutableMap<String, Timing> times = Timing.byTurns(runs, things);
    double latency = 0;
    double rate = 0;
    if (replicas > 1) {
      double nothing = times.get("nothing").median();
      latency = (times.get("chain").median() - nothing) / CHAIN;
      double sent = 2.0 * (replicas - 1) / replicas * LARGE * engine.precision().bytes();
      rate = sent / (times.get("large").median() - nothing - latency);
    }
    return new ReplicaTimes(
        latency,
        rate,
        Maps.transformEntries(
            messages,
            (problem, seen) -> new StepTime(times.get(problem.toString()).median(), seen)));
  }

  /** Sums of which each waits for the one before. */
  private static Expr chain(int replicas) {
    Expr value = Expr.replicaIndex(replicas);
    for (int i = 0; i < CHAIN; i++) {
      value = value.allMean(replicas).plus(Expr.replicaIndex(replicas));
    }
    return value;
  }

  private static Expr large(int replicas) {
    Expr ones = Expr.variable("ones", Shape.of(LARGE), Initializer.uniform(1, 1));
    return ones.times(Expr.replicaIndex(replicas)).allSum(replicas).slice(0, 0, 1);
  }

  private static Runnable run(Expr value, TensorFlowEngine engine) {
    var program = engine.compile(Step.named("sum").output("value", value));
    return program::run;
  }

  private static long messages(Runnable step, TensorFlowEngine engine) {
    return engine.traced(step).stream().filter(kernel -> kernel.kind().equals(SUM)).count();
  }
}
