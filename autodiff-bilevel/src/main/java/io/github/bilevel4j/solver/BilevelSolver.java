package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Substitution;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.diagnosis.Diagnosis;
import io.github.bilevel4j.solver.diagnosis.Examiner;
import io.github.bilevel4j.solver.diagnosis.Explanation;
import io.github.bilevel4j.solver.diagnosis.Verification;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.step.LearningRates;
import io.github.bilevel4j.solver.step.MicroBatches;
import io.github.bilevel4j.solver.step.NotFiniteException;
import io.github.bilevel4j.solver.step.StatefulOptimizer;
import io.github.bilevel4j.solver.step.internal.Measurements;
import io.github.bilevel4j.solver.step.internal.RecordingEngine;
import io.github.bilevel4j.solver.step.internal.SolverState;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Solves a bi-level problem: each step solves the inner problem, estimates the hypergradient and
 * moves the outer variables along it.
 *
 * <p>All solvers on an engine are used by one thread at a time, whole steps at that: a call while
 * another thread is within one is refused with a {@link UsageError} that names the thread, and the
 * other one's step is made as if nothing had happened. One thread after another may call.
 *
 * <p>A step that fails leaves all variables as they were. If some of them are huge by then, by the
 * steps before, its error tells of which level, and by which rate they were moved.
 *
 * <p>A step reports the terms of both objectives ({@code inner/...} at the start of the inner
 * solve, {@code outer/...} at the inner solution), the norm of the hypergradient, and what the
 * estimator says of itself.
 */
public final class BilevelSolver implements Solver {
  private final BilevelProblem problem;
  private final Engine engine;
  private final Examiner examiner;
  private final CompiledEstimator estimate;
  private final Substitution atSolution;
  private final NonFiniteLocator locator;
  private final Runaway runaway;
  private final Step outerStep;
  private final Program outer;
  private final Variables state;
  private final Map<Integer, Program> repeated = new HashMap<>();
  private Evaluation evaluation;

  private BilevelSolver(BilevelProblem given, Engine engine) {
    this.problem = LevelReduction.resolved(given, engine.replicas());
    this.engine = engine;
    RecordingEngine recording = new RecordingEngine(problem.name(), engine);
    this.estimate = problem.hypergradient().compile(problem, recording);
    this.examiner = new Examiner(given, problem, estimate, recording, engine);
    this.atSolution = Substitution.of(problem.inner().variables(), estimate.innerSolution());
    StatefulOptimizer optimizer =
        new StatefulOptimizer(
            problem.name() + "/outer", problem.outer().variables(), problem.outer().optimizer());
    Optimizer.State moved = optimizer.next(estimate.hypergradient());
    ImmutableList<Update> others =
        ImmutableList.<Update>builder()
            .addAll(estimate.updates())
            .addAll(
                Measurements.means(
                    engine,
                    problem.updates().stream()
                        .map(u -> new Update(u.variable(), atSolution.apply(u.value())))
                        .toList()))
            .build();
    this.locator =
        NonFiniteLocator.ofHypergradient(
            problem.name(),
            estimate.hypergradient(),
            ImmutableList.<Update>builder()
                .addAll(Update.of(problem.outer().variables(), moved.parameters()))
                .addAll(others)
                .build(),
            engine);
    this.runaway = Runaway.of(problem, estimate.innerSolution(), engine);
    this.outerStep =
        ifFinite(locator.watching(report()).updating(optimizer.assign(moved)).updating(others));
    this.outer = recording.compile(outerStep);
    recording.stop();
    this.state = SolverState.of(recording.programs().keySet(), estimate.kept(), engine);
  }

  /**
   * Compiles a problem.
   *
   * @param engine for whole batches, or {@link MicroBatches}
   * @throws UsageError if a gradient is zero by structure where the levels should be coupled
   */
  public static BilevelSolver of(BilevelProblem problem, Engine engine) {
    return engine.exclusively(
        "compile \"" + problem.name() + "\"", () -> new BilevelSolver(problem, engine));
  }

  private <T> T exclusively(String operation, Supplier<T> work) {
    return engine.exclusively(operation + " \"" + problem.name() + "\"", work);
  }

  /**
   * As {@link #step(Feed, Supplier)}, with the same feed for the inner steps.
   *
   * @throws UsageError if the feed lacks an input or has one that nothing uses
   * @throws NotFiniteException if a term is not finite; all variables keep their values
   * @throws IllegalStateException if the linear solver breaks down; all variables keep their values
   */
  @Override
  public ImmutableMap<String, Double> step(Feed feed) {
    return exclusively("step of", () -> stepped(feed, () -> feed, outer));
  }

  /**
   * One step whose inner steps have a stream of their own.
   *
   * @param feed for the outer objective and for the derivatives at the inner solution
   * @param innerFeeds asked once for each inner step; inputs without a value there have that of the
   *     first feed. Whatever it throws ends the step, and all variables keep their values
   * @throws UsageError also if there are no inner steps, or the estimator makes them a part of the
   *     outer one
   */
  public ImmutableMap<String, Double> step(Feed feed, Supplier<Feed> innerFeeds) {
    if (estimate.stages().stream()
        .noneMatch(stage -> stage.role() == CompiledEstimator.Role.INNER_STEP)) {
      throw UsageError.in("solve \"" + problem.name() + "\"")
          .because("the inner steps cannot be fed apart from the outer step")
          .row("hypergradient", problem.hypergradient().description())
          .row("inner solver", problem.inner().solver())
          .maybe(
              "step(feed)%s was meant.",
              problem.inner().steps() == 0 ? "" : " or Unrolled.exact().checkpointed(1)");
    }
    return exclusively(
        "step of", () -> stepped(feed, () -> used(innerFeeds.get()).orElse(feed), outer));
  }

  private Feed used(Feed innerFeed) {
    requireUsed(innerFeed);
    return innerFeed;
  }

  /**
   * {@code number} steps with the same feed, equal to {@link #step(Feed)} called as often, in one
   * run of the device where the estimator allows it: where the inner steps are a part of the outer
   * one, as with {@link Unrolled}. Other estimators make them one after another. The program for
   * each number is compiled when it is first asked for, and grows with it.
   *
   * @return the measurements of the last step
   * @throws UsageError if there is no step
   * @throws NotFiniteException if a term is not finite; the steps before that one are kept
   * @throws IllegalStateException if the linear solver breaks down; likewise
   */
  public ImmutableMap<String, Double> steps(Feed feed, int number) {
    Require.in("solve \"" + problem.name() + "\"").atLeast(1, "number of steps", number);
    return exclusively("steps of", () -> several(feed, number));
  }

  private ImmutableMap<String, Double> several(Feed feed, int number) {
    if (estimate.stages().isEmpty()) {
      return stepped(
          feed,
          () -> feed,
          repeated.computeIfAbsent(number, n -> engine.compile(outerStep.repeated(n))));
    }
    for (int k = 1; k < number; k++) {
      step(feed);
    }
    return step(feed);
  }

  private ImmutableMap<String, Double> stepped(
      Feed feed, Supplier<Feed> innerFeeds, Program program) {
    requireUsed(feed);
    return orRestore(
        feed,
        () -> {
          ImmutableMap<String, Double> report =
              ImmutableMap.<String, Double>builder()
                  .putAll(estimate.prepare(feed, innerFeeds))
                  .putAll(Measurements.of(program.run(feed.limitedTo(program))))
                  .buildOrThrow();
          return locator.checked("outer step", report, feed);
        });
  }

  /**
   * Says what a step will do, before any is made: all levels and where each outer variable acts,
   * the formula of the hypergradient and why it is solved so, the operations of a step counted on
   * its expressions in those of one inner gradient, the memory on the device at the engine's
   * precision, and what was compiled.
   */
  public Explanation explain() {
    return exclusively("explain", examiner::explain);
  }

  /**
   * Examines the hypergradient that a step from the present state would use: how well the inner
   * problem and the adjoint's linear system are solved, the extreme eigenvalues as far as the
   * linear solver gives them, and an estimate of the error. All variables, memory and warm starts
   * included, are afterwards what they were; nothing is compiled for it before the first call.
   *
   * <p>With an adjoint, implicitly or of a fixed point, the errors are those of {@link
   * Diagnosis.Errors}. They assume that the Newton correction is far nearer to the minimum than the
   * inner solution is, and that the solver converges; a damping's bias is not in them. Errors near
   * the rounding of the engine's precision times the condition number are underestimated.
   *
   * <p>For estimators without an adjoint it tells the inner gradient, and the difference to the
   * implicit hypergradient at the corrected point if there is one.
   *
   * @throws UsageError if the feed lacks an input or has one that nothing uses
   * @throws NotFiniteException if a term of the inner steps or of the solution is not finite
   */
  public Diagnosis diagnose(Feed feed) {
    requireUsed(feed);
    return exclusively("diagnose", () -> examiner.diagnose(feed));
  }

  /**
   * Compares the hypergradient that a step from the present state would use with a reference, and
   * says in words what is off and what to change. Meant for a small batch before a long run: it
   * forms the inner Hessian where that has at most 300 rows, solves the inner problem by Newton's
   * method several times, and compiles programs of its own at each call. All variables are
   * afterwards what they were.
   *
   * <p>In all cases the derivatives of both objectives are compared with central differences of
   * their values, along random directions at a random point near the inner solution, and the inner
   * Hessian is checked for symmetry. Then,
   *
   * <ul>
   *   <li>if the estimator follows the inner steps, the reference is the derivative through them,
   *       written out;
   *   <li>if not, it is the exact hypergradient at the inner minimum; the error is split into those
   *       of the linear solve, of the damping and of the inner solution, and where one is above one
   *       percent it is tried out how many iterations or inner steps would do. A direction of
   *       negative curvature is looked for.
   * </ul>
   *
   * The reference is itself compared with central differences of {@code F(theta, phi*(theta))}
   * along three random directions.
   *
   * @throws UsageError if the feed lacks an input or has one that nothing uses
   * @throws NotFiniteException if a term of the inner steps or of the solution is not finite
   */
  public Verification verify(Feed feed) {
    requireUsed(feed);
    return exclusively("verify", () -> examiner.verify(feed));
  }

  /**
   * Solves the inner problem and returns the hypergradient, component by component. The outer
   * variables stay where they are; the inner ones end at the inner solution, as after a step.
   *
   * @throws UsageError if the feed lacks an input or has one that nothing uses
   * @throws NotFiniteException if it is not finite; all variables keep their values
   * @throws IllegalStateException if the linear solver breaks down; all variables keep their values
   */
  public ImmutableMap<String, Array> hypergradient(Feed feed) {
    return exclusively("hypergradient of", () -> evaluated(feed));
  }

  private ImmutableMap<String, Array> evaluated(Feed feed) {
    if (evaluation == null) {
      evaluation = new Evaluation(problem.name(), estimate, report(), engine);
    }
    requireUsed(feed);
    return orRestore(
        feed,
        () -> {
          estimate.prepare(feed, () -> feed);
          return evaluation.run(feed);
        });
  }

  private <T> T orRestore(Feed feed, Supplier<T> work) {
    try {
      return work.get();
    } catch (RuntimeException failure) {
      throw runaway.explained(failure, feed, estimate::restore);
    }
  }

  @Override
  public Variables state() {
    return state;
  }

  @Override
  public ImmutableMap<String, Double> learningRates(int step) {
    ImmutableMap.Builder<String, Double> rates = ImmutableMap.builder();
    LearningRates.of(problem.inner().optimizer(), 0)
        .forEach((name, rate) -> rates.put("inner/" + name, rate));
    LearningRates.of(problem.outer().optimizer(), step)
        .forEach((name, rate) -> rates.put("outer/" + name, rate));
    return rates.buildOrThrow();
  }

  private void requireUsed(Feed feed) {
    requireUsed(
        problem.name(),
        feed,
        Stream.concat(
                estimate.stages().stream().map(CompiledEstimator.Stage::program), Stream.of(outer))
            .flatMap(program -> program.inputs().stream())
            .collect(Collectors.toSet()));
  }

  static void requireUsed(String problem, Feed feed, Collection<Expr> used) {
    for (String unused : feed.namesOutside(used)) {
      throw UsageError.in("solve \"" + problem + "\"")
          .because("the value fed to \"%s\" is not used", unused)
          .maybe("it belongs to another problem.");
    }
  }

  /** The step whose updates keep the old values unless everything it reports is finite. */
  static Step ifFinite(Step step) {
    // Not the difference of two sums: those of finite numbers may be infinite.
    Expr differences =
        step.outputs().values().stream()
            .map(output -> output.minus(output))
            .reduce(Expr::plus)
            .orElseThrow();
    Expr finite = differences.equalTo(Expr.constant(0));
    return new Step(
        step.name(),
        step.outputs(),
        step.updates().stream()
            .map(u -> new Update(u.variable(), finite.where(u.value(), u.variable())))
            .collect(ImmutableList.toImmutableList()));
  }

  private Step report() {
    return Step.named(problem.name() + "/outer")
        .outputs(estimate.outputs())
        .outputs(
            Measurements.under(
                "outer",
                Measurements.means(
                    engine,
                    ImmutableMap.copyOf(
                        Maps.transformValues(
                            problem.outer().objective().values(), atSolution::apply)))));
  }
}
