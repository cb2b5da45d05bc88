package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.solver.linear.Iterate;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.LinearSystem;
import io.github.bilevel4j.solver.linear.NormalizedSystem;
import io.github.bilevel4j.solver.linear.SolveReport;
import io.github.bilevel4j.solver.step.internal.UnitRoundoff;
import java.util.List;
import java.util.Map;

/**
 * A linear solver at work on a system whose products are means over micro-batches: between two of
 * its iterations the products that the next one reads are accumulated.
 */
final class AccumulatedSolve {
  private static final String SCALE = "squared right side";
  private static final String PREFIX = "0 ";

  private final SolveReport.Context context;
  private final LinearSolver method;
  private final long dimension;
  private final AccumulatedProducts products;
  private final AccumulatedProducts.Phase iterating;
  private final AccumulatedProducts.Phase ending;
  private final Program begin;
  private final Program iterate;
  private final Vector solution;

  /**
   * Compiles the iterations.
   *
   * @param products of which the system's operator is made, and its preconditioner
   */
  AccumulatedSolve(
      SolveReport.Context context,
      LinearSolver asked,
      LinearSystem given,
      AccumulatedProducts products,
      Engine engine) {
    this.context = context;
    this.products = products;
    dimension = given.right().dimension();
    NormalizedSystem normalized = NormalizedSystem.of(given, UnitRoundoff.of(engine));
    LinearSystem system = normalized.system();
    method = asked.chosenFor(dimension);
    Iterate start = method.start(system);
    ImmutableMap<String, Variables> state = state(start);
    Iterable<Expr> leaves =
        Iterables.concat(Iterables.transform(state.values(), each -> each.leaves().values()));

    iterating = products.phase(leaves);
    Iterate now = current(state);
    Iterate next = method.next(system, now);
    ending = products.phase(leaves);
    solution = method.solution(system, now).times(normalized.unit());

    String name = context.problem();
    begin =
        engine.compile(
            assigning(Step.named(name + "/begin solve"), state, start)
                .output(SCALE, system.right().squaredNorm())
                .output(
                    Iterate.SQUARED_RESIDUAL,
                    start.measured().getOrDefault(Iterate.SQUARED_RESIDUAL, SolveReport.UNKNOWN)));
    Step step = assigning(Step.named(name + "/iterate"), state, next);
    for (Map.Entry<String, Expr> measured : next.measured().entrySet()) {
      step = step.output(PREFIX + measured.getKey(), measured.getValue());
    }
    iterate = engine.compile(step);
  }

  private ImmutableMap<String, Variables> state(Iterate start) {
    ImmutableMap.Builder<String, Variables> state = ImmutableMap.builder();
    start
        .vectors()
        .forEach(
            (key, like) ->
                state.put(key, Variables.zerosLike(context.problem() + "/" + key, like)));
    return state.buildOrThrow();
  }

  private static Iterate current(Map<String, Variables> state) {
    ImmutableMap.Builder<String, Vector> vectors = ImmutableMap.builder();
    state.forEach((key, variables) -> vectors.put(key, variables.vector()));
    return new Iterate(vectors.buildOrThrow(), ImmutableMap.of());
  }

  private static Step assigning(Step step, Map<String, Variables> state, Iterate values) {
    Step assigning = step;
    for (Map.Entry<String, Vector> value : values.vectors().entrySet()) {
      assigning = assigning.updating(Update.of(state.get(value.getKey()), value.getValue()));
    }
    return assigning;
  }

  /** The solution after {@link #run}. */
  Vector solution() {
    return solution;
  }

  /**
   * Iterates until the tolerance or the number of iterations is reached.
   *
   * @throws IllegalStateException if the method breaks down or diverges
   */
  SolveReport run(List<Feed> microBatches) {
    products.once().run(microBatches);
    Results begun = begin.run();
    SolveReport report =
        new SolveReport(
            context, begun.scalar(SCALE), begun.scalar(Iterate.SQUARED_RESIDUAL), method);
    while (report.iterations() < method.iterationsFor(dimension) && !report.isSolved()) {
      iterating.run(microBatches);
      report.add(iterate.run(), PREFIX);
    }
    ending.run(microBatches);
    return report;
  }
}
