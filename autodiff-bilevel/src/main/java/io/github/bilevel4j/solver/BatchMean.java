package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.step.internal.Measurements;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The mean over micro-batches of functions of a batch, {@code 1/m sum_j f(batch_j)}: one program is
 * run for each micro-batch and adds to variables on the device; scalars are averaged on the host.
 */
final class BatchMean {
  private final ImmutableMap<String, Variables> sums;
  private final Expr count;
  private final Program clear;
  private final Program add;

  /**
   * Compiles the programs.
   *
   * @param functions what is accumulated, by name
   * @param scalars what is reported
   */
  BatchMean(String name, Map<String, Vector> functions, Map<String, Expr> scalars, Engine engine) {
    count = Expr.variable(name + "/micro-batches", Shape.scalar(), Initializer.zeros());
    ImmutableMap.Builder<String, Variables> all = ImmutableMap.builder();
    Step clearing = Step.named(name + "/clear").updating(count, Expr.constant(0));
    Step adding = Step.named(name + "/add").outputs(scalars).updating(count, count.plus(1));
    for (Map.Entry<String, Vector> function : functions.entrySet()) {
      Vector value = function.getValue();
      Variables sum = Variables.zerosLike(name + "/" + function.getKey(), value);
      all.put(function.getKey(), sum);
      clearing = clearing.updating(Update.of(sum, value.zeros()));
      adding = adding.updating(Update.of(sum, sum.vector().plus(value)));
    }
    sums = all.buildOrThrow();
    clear = engine.compile(clearing);
    add = engine.compile(adding);
  }

  /** The mean of a function over the micro-batches of the last {@link #over}. */
  Vector of(String function) {
    return sums.get(function).vector().times(count.reciprocal());
  }

  /** Accumulates anew; returns the means of the scalars. */
  ImmutableMap<String, Double> over(List<Feed> microBatches) {
    clear.run();
    Map<String, Double> totals = new LinkedHashMap<>();
    for (Feed feed : microBatches) {
      Measurements.of(add.run(feed.limitedTo(add)))
          .forEach((name, value) -> totals.merge(name, value, Double::sum));
    }
    totals.replaceAll((name, total) -> total / microBatches.size());
    return ImmutableMap.copyOf(totals);
  }

  /** The program that is fed. */
  Program program() {
    return add;
  }
}
