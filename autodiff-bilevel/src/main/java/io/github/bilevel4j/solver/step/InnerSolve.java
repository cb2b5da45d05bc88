package io.github.bilevel4j.solver.step;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.solver.step.internal.Measurements;
import io.github.bilevel4j.solver.step.internal.SavedState;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The inner steps as programs: one that begins a solve, one that is run for each step. All state
 * stays in variables, so neither memory nor the programs grow with the number of steps.
 */
public final class InnerSolve {
  private final int steps;
  private final SavedState saved;
  private final Optional<Program> begin;
  private final Optional<Program> step;

  /**
   * Compiles the programs.
   *
   * @param begun what begins a solve; nothing if it goes on from where the last one ended
   * @param stepped what each inner step assigns
   * @param assigned the variables that a failed solve must give back
   */
  public InnerSolve(
      String name,
      InnerLevel level,
      Engine engine,
      List<Update> begun,
      List<Update> stepped,
      List<Expr> assigned) {
    steps = level.steps();
    saved = new SavedState(name, assigned, engine);
    begin =
        begun.isEmpty()
            ? Optional.empty()
            : Optional.of(engine.compile(Step.named(name + "/begin").updating(begun)));
    step =
        steps == 0
            ? Optional.empty()
            : Optional.of(
                engine.compile(
                    Step.named(name + "/inner")
                        .outputs(
                            Measurements.under(
                                "inner", Measurements.means(engine, level.objective().values())))
                        .updating(stepped)));
  }

  /** The steps of a problem's inner optimizer along the mean gradient of the batch. */
  public static InnerSolve of(BilevelProblem problem, Engine engine) {
    Vector gradient = engine.batchMean(InnerSteps.gradient(problem.inner()));
    return of(problem, StatefulOptimizer.ofInner(problem), gradient, engine);
  }

  /**
   * As {@link #of(BilevelProblem, Engine)}, for estimators that use optimizer and gradient further.
   */
  public static InnerSolve of(
      BilevelProblem problem, StatefulOptimizer optimizer, Vector gradient, Engine engine) {
    return new InnerSolve(
        problem.name(),
        problem.inner(),
        engine,
        problem.inner().start().map(optimizer::startAt).orElse(ImmutableList.of()),
        optimizer.along(gradient),
        optimizer.everything());
  }

  /**
   * Begins a solve and makes all its steps.
   *
   * @return the terms of the inner objective before the first step
   * @throws NotFiniteException if a term is not finite
   */
  public ImmutableMap<String, Double> run(Feed feed, Supplier<Feed> innerFeeds) {
    begin(feed);
    return steps(innerFeeds);
  }

  /** All steps of a solve that was begun; as {@link #run}. */
  public ImmutableMap<String, Double> steps(Supplier<Feed> innerFeeds) {
    ImmutableMap<String, Double> report = ImmutableMap.of();
    for (int t = 0; t < steps; t++) {
      ImmutableMap<String, Double> terms = step(t, innerFeeds.get());
      report = t == 0 ? terms : report;
    }
    return report;
  }

  /** Saves all variables and begins a solve. */
  public void begin(Feed feed) {
    saved.save();
    begin.ifPresent(program -> program.run(feed.limitedTo(program)));
  }

  /**
   * Makes one step, counted from zero.
   *
   * @return the terms of the inner objective before the step
   * @throws NotFiniteException if one of them is not finite
   */
  public ImmutableMap<String, Double> step(int t, Feed feed) {
    Program program = step.orElseThrow();
    ImmutableMap<String, Double> terms = Measurements.of(program.run(feed.limitedTo(program)));
    NotFiniteException.requireFinite("inner step " + (t + 1), terms, feed);
    return terms;
  }

  /** Puts all variables back to where they were when the solve began. */
  public void restore() {
    saved.restore();
  }

  /** The programs that a solve runs. */
  public ImmutableList<CompiledEstimator.Stage> stages() {
    ImmutableList.Builder<CompiledEstimator.Stage> stages = ImmutableList.builder();
    begin.ifPresent(
        program ->
            stages.add(new CompiledEstimator.Stage(CompiledEstimator.Role.OTHER, program, 1)));
    step.ifPresent(
        program ->
            stages.add(
                new CompiledEstimator.Stage(CompiledEstimator.Role.INNER_STEP, program, steps)));
    return stages.build();
  }
}
