package io.github.bilevel4j.examples.bilevel;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.problem.Step;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import java.util.Map;

/** Solves a problem and compares what the solver finds with the closed form. */
public final class Convergence {
  private final BilevelSolver solver;
  private final Program values;
  private final Program slope;

  private Convergence(SolvedProblem example, Engine engine) {
    this.solver = BilevelSolver.of(example.problem(), engine);
    this.values = engine.compile(Step.named("values").outputs(example.exactValues()));
    this.slope =
        engine.compile(Step.named("slope").outputs(example.exactHypergradient().components()));
  }

  /**
   * The state before an outer step.
   *
   * @param step counted from zero
   * @param exactValues the problem's exact values
   * @param hypergradientNorm norm of the solver's hypergradient
   * @param error norm of the difference between it and the exact one
   */
  public record Row(
      int step, ImmutableMap<String, Double> exactValues, double hypergradientNorm, double error) {}

  /**
   * Makes so many outer steps and compares before the first, after every so many, and after the
   * last.
   */
  public static ImmutableList<Row> run(SolvedProblem example, int steps, int every, Engine engine) {
    Convergence convergence = new Convergence(example, engine);
    ImmutableList.Builder<Row> rows = ImmutableList.builder();
    for (int step = 0; step < steps; step++) {
      if (step % every == 0) {
        rows.add(convergence.row(step));
      }
      convergence.solver.step(Feed.none());
    }
    return rows.add(convergence.row(steps)).build();
  }

  private Row row(int step) {
    ImmutableMap<String, Array> found = solver.hypergradient(Feed.none());
    ImmutableMap<String, Array> exact = slope.run().all();
    double norm = 0;
    double error = 0;
    for (Map.Entry<String, Array> component : exact.entrySet()) {
      for (int i = 0; i < component.getValue().size(); i++) {
        double value = found.get(component.getKey()).at(i);
        norm = Math.hypot(norm, value);
        error = Math.hypot(error, value - component.getValue().at(i));
      }
    }
    return new Row(step, exactValues(), norm, error);
  }

  private ImmutableMap<String, Double> exactValues() {
    ImmutableMap.Builder<String, Double> scalars = ImmutableMap.builder();
    values.run().all().forEach((name, value) -> scalars.put(name, value.scalarValue()));
    return scalars.buildOrThrow();
  }
}
