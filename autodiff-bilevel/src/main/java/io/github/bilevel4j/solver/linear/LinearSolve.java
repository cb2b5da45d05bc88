package io.github.bilevel4j.solver.linear;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.step.internal.CostModel;
import io.github.bilevel4j.solver.step.internal.Measurements;
import io.github.bilevel4j.solver.step.internal.UnitRoundoff;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A linear solver at work on one system: its vectors in variables on the device, several iterations
 * in one run, only its measurements sent to the host.
 *
 * <p>What an iteration computes from the system alone is computed once, by the program that {@link
 * #begin} returns, before which there are no iterations. Iterations in a run after the one that
 * reached the tolerance leave all as it is, and are not computed.
 */
public final class LinearSolve {
  /** The output {@code ||b||^2} of the step that begins a solve, normalized. */
  private static final String SCALE = "squared right side";

  private static final String UNIT = "unit";

  /** The output that holds all measurements of a run. */
  private static final String MEASURED = "measured";

  private static final double LONG_ITERATION = 3e7;
  private static final int MOST_NODES = 2_000;
  private static final int MOST_ITERATIONS = 40;
  private static final int FEW_ITERATIONS = 10;

  private final LinearSolver method;
  private final NormalizedSystem normalized;
  private final LinearSystem system;
  private final Expr norm;
  private final SolveReport.Context context;
  private final ImmutableMap<String, Variables> state;
  private final Expr squared;
  private final Expr scale;
  private final Expr unit;
  private final Iterate start;
  private final Linearization linear;
  private final Optional<ResidualCheck> check;
  private final boolean checksItself;
  private final ImmutableList<Step> steps;
  private final ImmutableList<Integer> sizes;
  private final ImmutableList<String> labels;
  private final double roundoff;
  private final Engine engine;
  private ImmutableList<Program> programs = ImmutableList.of();

  /**
   * A solve, whose programs {@link #begin} compiles.
   *
   * @param perRun the number of iterations in one run of the device; chosen by cost if empty
   */
  public LinearSolve(
      SolveReport.Context context,
      LinearSolver asked,
      LinearSystem given,
      OptionalInt perRun,
      Engine engine) {
    this.context = context;
    this.engine = engine;
    method = asked.chosenFor(given.right().dimension());
    roundoff = UnitRoundoff.of(engine);
    normalized = NormalizedSystem.of(given, roundoff);
    LinearSystem once = normalized.system();
    BatchedOperator operator =
        new BatchedOperator(once.operator(), once.right(), engine::argumentOfMean);
    system = once.with(operator);
    norm = given.right().norm();
    String name = context.problem();
    start = method.start(system);
    state =
        ImmutableMap.copyOf(
            Maps.transformEntries(
                start.vectors(), (key, like) -> Variables.zerosLike(name + "/" + key, like)));
    squared = scalar(name + "/" + Iterate.SQUARED_RESIDUAL);
    scale = scalar(name + "/" + SCALE);
    unit = scalar(name + "/" + UNIT);

    labels = method.next(system, current()).measured().keySet().asList();
    int most =
        Math.min(
            perRun.orElseGet(() -> worthWhile(iterations(name, 1, false), operator)),
            method.iterationsFor(system.right().dimension()));
    sizes = sizes(most);
    check =
        method.productsPerIteration() == 0
            ? Optional.empty()
            : Optional.of(
                new ResidualCheck(name, system, method.solution(system, current()), engine));
    checksItself =
        check.isPresent()
            && !(method instanceof BlockMethod)
            && most == method.iterationsFor(system.right().dimension());
    steps =
        sizes.stream()
            .map(size -> iterations(name, size, checksItself && size == most))
            .collect(ImmutableList.toImmutableList());
    List<Step> all = new ArrayList<>(steps);
    check.ifPresent(c -> all.add(c.step()));
    linear = Linearization.of(name + "/primal", everything(all), memory(), engine::argumentOfMean);
  }

  /** As the constructor, from zero without a preconditioner, with one iteration in a run. */
  public static LinearSolve of(
      String name,
      SolveReport.Operator kind,
      LinearSolver method,
      LinearOperator operator,
      Vector right,
      Engine engine) {
    return new LinearSolve(
        new SolveReport.Context(name, kind, 0),
        method,
        LinearSystem.of(operator, right),
        OptionalInt.of(1),
        engine);
  }

  /** Of blocks all that are left make the last run; else a run of one may always follow. */
  private ImmutableList<Integer> sizes(int most) {
    int left = method.iterationsFor(system.right().dimension()) % most;
    return ImmutableSet.of(most, method instanceof BlockMethod ? (left == 0 ? most : left) : 1)
        .asList();
  }

  /**
   * A run costs about 0.1 ms, so of iterations of more than some milliseconds one goes into a run;
   * of shorter ones as many as compile quickly, but few where a tolerance may be reached early. A
   * method that takes several directions at once takes as many as fit in memory.
   */
  private int worthWhile(Step iteration, BatchedOperator operator) {
    if (method instanceof BlockMethod && operator.atOnce() > 1) {
      return Math.min(operator.atOnce(), MOST_ITERATIONS);
    }
    if (CostModel.of(iteration) > LONG_ITERATION) {
      return 1;
    }
    int compiled = Math.max(1, MOST_NODES / Iterables.size(Expr.nodesOf(iteration.expressions())));
    return Math.min(compiled, method.tolerance() == 0 ? MOST_ITERATIONS : FEW_ITERATIONS);
  }

  private static Expr scalar(String label) {
    return Expr.variable(label, Shape.scalar(), Initializer.zeros());
  }

  /** All variables that an iteration reads and writes. */
  private Variables memory() {
    List<Expr> leaves = new ArrayList<>();
    state.values().forEach(variables -> leaves.addAll(variables.leaves().values()));
    leaves.add(squared);
    leaves.add(scale);
    leaves.add(unit);
    return Variables.of(leaves);
  }

  private static Vector everything(List<Step> steps) {
    ImmutableMap.Builder<String, Expr> all = ImmutableMap.builder();
    for (Step step : steps) {
      int[] number = {0};
      step.expressions().forEach(e -> all.put(step.name() + " " + number[0]++, e));
    }
    return Vector.of(all.buildOrThrow());
  }

  private Iterate current() {
    return new Iterate(
        ImmutableMap.copyOf(Maps.transformValues(state, Variables::vector)), ImmutableMap.of());
  }

  /** With the true residual as an output if it is asked for: no other run is needed for it. */
  private Step iterations(String name, int size, boolean checked) {
    Step step = Step.named(name + "/solve x" + size);
    List<Expr> measurements = new ArrayList<>();
    if (method instanceof BlockMethod blocks) {
      BlockMethod.Block block = blocks.next(system, current(), size);
      block.measured().forEach(measured -> measurements.addAll(measured.values()));
      return updating(step, block.end(), squared, measurements);
    }
    Iterate now = current();
    Expr residual = squared;
    for (int k = 0; k < size; k++) {
      Iterate next = method.next(system, now);
      boolean mayEnd = method.tolerance() > 0 || !isAtRestWhenSolved();
      if (size > 1 && mayEnd && next.measured().containsKey(Iterate.SQUARED_RESIDUAL)) {
        Expr active = residual.greaterThan(scale.times(squared(method.tolerance())));
        next = method.tolerance() == 0 ? next.where(active, now) : next.onlyIf(active, now);
        residual = active.where(next.measured().get(Iterate.SQUARED_RESIDUAL), residual);
      } else {
        residual = next.measured().getOrDefault(Iterate.SQUARED_RESIDUAL, residual);
      }
      measurements.addAll(next.measured().values());
      now = next;
    }
    Step updating = updating(step, now, residual, measurements);
    return checked
        ? updating.output(
            ResidualCheck.RESIDUAL, ResidualCheck.squaredNorm(system, method.solution(system, now)))
        : updating;
  }

  private boolean isAtRestWhenSolved() {
    return method instanceof KrylovMethod krylov && krylov.isAtRestWhenSolved();
  }

  private Step updating(Step empty, Iterate end, Expr residual, List<Expr> measurements) {
    Step step = assigning(empty, end).updating(squared, residual);
    // Fetching many scalars one by one would take as long as a short iteration.
    return measurements.isEmpty()
        ? step
        : step.output(MEASURED, Expr.stack(measurements.toArray(Expr[]::new)));
  }

  private Step assigning(Step step, Iterate values) {
    Step assigning = step;
    for (var vector : values.vectors().entrySet()) {
      assigning = assigning.updating(Update.of(state.get(vector.getKey()), vector.getValue()));
    }
    return assigning;
  }

  /** What each iteration of one run measured, by name. */
  private ImmutableList<ImmutableMap<String, Double>> measured(int which, Results packed) {
    ImmutableList.Builder<ImmutableMap<String, Double>> iterations = ImmutableList.builder();
    for (int k = 0; k < sizes.get(which); k++) {
      ImmutableMap.Builder<String, Double> scalars = ImmutableMap.builder();
      for (int i = 0; i < labels.size(); i++) {
        scalars.put(labels.get(i), packed.get(MEASURED).at(k * labels.size() + i));
      }
      iterations.add(scalars.buildOrThrow());
    }
    return iterations.build();
  }

  private Results made(int which, Feed feed) {
    Program program = programs().get(which);
    return program.run(feed.limitedTo(program));
  }

  private ImmutableList<Program> programs() {
    if (programs.isEmpty()) {
      throw new IllegalStateException(
          "the iterations of \"" + context.problem() + "\" are compiled by begin(step)");
    }
    return programs;
  }

  /** One more iteration, in a run of its own where there are such. */
  private ImmutableMap<String, Double> oneMore(Feed feed) {
    int last = sizes.size() - 1;
    return measured(last, made(last, feed)).get(0);
  }

  private static double squared(double value) {
    return value * value;
  }

  /**
   * Compiles the step that begins a solve, and the iterations after it. The step computes what all
   * iterations share, and must run whenever the system has changed.
   *
   * @param step what else it computes
   */
  public Program begin(Step step) {
    Expr first = start.measured().getOrDefault(Iterate.SQUARED_RESIDUAL, SolveReport.UNKNOWN);
    Step beginning =
        assigning(
            step.output("outer gradient norm", norm)
                .output(SCALE, system.right().squaredNorm())
                .output(Iterate.SQUARED_RESIDUAL, first)
                .updating(linear.capture())
                .updating(scale, system.right().squaredNorm())
                .updating(unit, normalized.unit())
                .updating(squared, first),
            start);
    // Before the steps that read what it keeps: it is kept in the precision it is computed in.
    final Program begin = engine.compile(beginning);
    programs =
        steps.stream()
            .map(iterations -> engine.compile(linear.of(iterations)))
            .collect(ImmutableList.toImmutableList());
    check.ifPresent(c -> c.compile(linear::of));
    return begin;
  }

  /** What the step made by {@link #begin} measured, without what only this solve understands. */
  public ImmutableMap<String, Double> ofOthers(Results begun) {
    Set<String> own = Set.of(SCALE, Iterate.SQUARED_RESIDUAL);
    return ImmutableMap.copyOf(
        Maps.filterKeys(Measurements.of(begun), name -> !own.contains(name)));
  }

  /**
   * The programs of the iterations, each as often as it is run if all of them are made, and that of
   * the true residual.
   */
  public ImmutableList<CompiledEstimator.Stage> stages() {
    int most = method.iterationsFor(system.right().dimension());
    int first = sizes.get(0);
    ImmutableList.Builder<CompiledEstimator.Stage> stages = ImmutableList.builder();
    if (sizes.size() == 1) {
      stages.add(stage(programs().get(0), most));
    } else {
      stages.add(stage(programs().get(0), most / first));
      stages.add(stage(programs().get(1), most % first / sizes.get(1)));
    }
    check.filter(c -> !checksItself).ifPresent(c -> stages.add(stage(c.program(), 1)));
    return stages.build();
  }

  private static CompiledEstimator.Stage stage(Program program, int runs) {
    return new CompiledEstimator.Stage(CompiledEstimator.Role.LINEAR_SOLVE, program, runs);
  }

  /** The variables that keep what all iterations share. */
  public ImmutableSet<Expr> kept() {
    return linear.kept();
  }

  /** The solution, an expression of the {@link #memory}. */
  public Vector solution() {
    return method.solution(system, current()).times(unit);
  }

  /** A function of the solution, with what it computes from the system alone kept as well. */
  public Linearization linearized(String name, Vector function) {
    return Linearization.of(name, function, memory(), engine::argumentOfMean);
  }

  /**
   * Iterates until the tolerance or the number of iterations is reached, then computes the true
   * residual by one more product and judges it.
   *
   * @param begun the results of the step made by {@link #begin}
   * @throws BreakdownException if the method breaks down or diverges, or the system is singular
   */
  public SolveReport run(Results begun, Feed feed) {
    return run(begun, 0, feed);
  }

  /**
   * As {@link #run(Results, Feed)}, but no run of the device is made after the residual relative to
   * the right side is below a bound.
   */
  public SolveReport run(Results begun, double bound, Feed feed) {
    SolveReport report = report(begun);
    int iterations = method.iterationsFor(system.right().dimension());
    OptionalDouble residual = OptionalDouble.empty();
    while (report.iterations() < iterations
        && !report.isSolved()
        && !report.isWithin(bound)
        && report.goesOn()) {
      int left = iterations - report.iterations();
      int which = sizes.get(0) <= left ? 0 : 1;
      Results results = made(which, feed);
      residual = checksItself && which == 0 ? ResidualCheck.of(results) : OptionalDouble.empty();
      for (ImmutableMap<String, Double> iteration : measured(which, results)) {
        if (!report.isSolved() && report.goesOn()) {
          report.add(iteration);
        }
      }
    }
    return judged(report, Math.max(bound, method.tolerance()), residual, feed);
  }

  /** A solve without an iteration has the residual of its start, which is a true one. */
  private SolveReport judged(SolveReport report, double goal, OptionalDouble residual, Feed feed) {
    if (report.iterations() > 0) {
      check.ifPresent(c -> c.judge(report, goal, residual, feed));
    }
    return report;
  }

  /**
   * Iterates, one iteration in each run, until the residual relative to the right side is below a
   * bound; a method that does not tell it makes its own number of iterations.
   */
  public SolveReport runWithin(Results begun, double bound, int iterations, Feed feed) {
    if (!labels.contains(Iterate.SQUARED_RESIDUAL)) {
      return run(begun, feed);
    }
    SolveReport report = report(begun);
    int most = Math.max(method.iterationsFor(system.right().dimension()), iterations);
    while (report.iterations() < most && !report.isWithin(bound) && report.goesOn()) {
      report.add(oneMore(feed));
    }
    return judged(report, bound, OptionalDouble.empty(), feed);
  }

  private SolveReport report(Results begun) {
    return new SolveReport(
        context, begun.scalar(SCALE), begun.scalar(Iterate.SQUARED_RESIDUAL), method, roundoff);
  }

  /**
   * Further iterations, whatever the tolerance, but none after the residual is down to rounding,
   * and none by a method that does not tell it: these are not made to go on.
   *
   * @return whether all were made
   */
  public boolean continueFor(int iterations, SolveReport report, Feed feed) {
    for (int k = 0; k < iterations; k++) {
      if (!report.hasResidual() || report.isWithin(roundoff) || !report.addIfSound(oneMore(feed))) {
        return false;
      }
    }
    return true;
  }
}
