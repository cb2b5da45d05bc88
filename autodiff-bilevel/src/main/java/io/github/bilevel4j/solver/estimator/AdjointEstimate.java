package io.github.bilevel4j.solver.estimator;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.linear.BreakdownException;
import io.github.bilevel4j.solver.linear.LinearOperator;
import io.github.bilevel4j.solver.linear.LinearSolve;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.LinearSystem;
import io.github.bilevel4j.solver.linear.Linearization;
import io.github.bilevel4j.solver.linear.Preconditioner;
import io.github.bilevel4j.solver.linear.SolveReport;
import io.github.bilevel4j.solver.step.InnerSolve;
import io.github.bilevel4j.solver.step.NotFiniteException;
import io.github.bilevel4j.solver.step.StatefulOptimizer;
import io.github.bilevel4j.solver.step.internal.HypergradientChange;
import io.github.bilevel4j.solver.step.internal.Measurements;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Differentiation at the inner solution as kinds of step: begin (phi at its start), inner (one
 * optimizer step), linearize (right side, direct term and the direction-free part of all
 * second-order products, computed once), solve (iterations of the linear solver). Everything stays
 * in variables.
 */
public final class AdjointEstimate implements CompiledEstimator {
  private static final String GRADIENT_NORM = "inner gradient norm";
  private static final String TOLERANCE = "scheduled residual";

  /** In the names of the variables that keep what the mixed product shares. */
  public static final String MIXED = "/mixed";

  /** Iterations between the two hypergradients whose difference estimates the error. */
  public static final int DELAY = 3;

  private final BilevelProblem problem;
  private final Engine engine;
  private final Settings settings;
  private final AdjointSystem system;
  private final Vector computed;
  private final InnerSolve inner;
  private final Program linearize;
  private final LinearSolve solve;
  private final Optional<Variables> last;
  private final Optional<Truncation> truncation;
  private final Expr count;

  /** How the adjoint is computed. */
  public record Settings(
      LinearSolver solver,
      double damping,
      boolean warmStarted,
      OptionalInt iterationsPerRun,
      Optional<Preconditioner> preconditioner,
      boolean errorEstimated,
      Optional<Schedule> tolerance) {}

  /** What a solve for the adjoint tells. */
  public record Solved(double gradientNorm, SolveReport report) {}

  /** The hypergradient and the adjoint after K iterations, kept while more are made. */
  private record Truncation(HypergradientChange displacement, Variables adjoint) {
    static Truncation of(String name, Vector hypergradient, Vector adjoint, Engine engine) {
      Variables kept = Variables.zerosLike(name + "/adjoint", adjoint);
      return new Truncation(
          new HypergradientChange(name, hypergradient, Update.of(kept, adjoint), engine), kept);
    }
  }

  public AdjointEstimate(
      BilevelProblem problem,
      Engine engine,
      Settings settings,
      BiFunction<Vector, StatefulOptimizer, AdjointSystem> adjoint) {
    this.problem = problem;
    this.engine = engine;
    this.settings = settings;
    InnerLevel level = problem.inner();
    String name = problem.name();
    Vector phi = level.variables().vector();
    Vector theta = problem.outer().variables().vector();
    Vector innerGradient = Derivatives.gradient(level.objective().total(), phi);
    StatefulOptimizer descent =
        new StatefulOptimizer(name + "/inner", level.variables(), level.optimizer());
    system = adjoint.apply(innerGradient, descent);

    last =
        settings.warmStarted()
            ? Optional.of(Variables.zerosLike(name + "/last adjoint", system.right()))
            : Optional.empty();
    solve =
        linearSolve(
            name,
            system.operator(),
            system.right(),
            last.map(Variables::vector),
            settings.iterationsPerRun());
    Linearization mixed =
        solve.linearized(name + MIXED, system.pulledBack().apply(solve.solution()));
    Variables direct = Variables.zerosLike(name + "/direct", theta);
    computed = direct.vector().plus(mixed.function());
    truncation =
        settings.errorEstimated()
            ? Optional.of(Truncation.of(name + "/truncated", computed, solve.solution(), engine))
            : Optional.empty();

    inner =
        new InnerSolve(
            name,
            level,
            engine,
            level.start().map(descent::startAt).orElse(ImmutableList.of()),
            descent.along(innerGradient),
            descent.everything());
    count = Expr.variable(name + "/hypergradients", Shape.scalar(), Initializer.zeros());
    linearize =
        engine.compile(
            solve
                .begin(
                    Step.named(name + "/linearize")
                        .output(GRADIENT_NORM, innerGradient.norm())
                        .outputs(tolerance())
                        .outputs(Measurements.under("outer", problem.outer().objective().values()))
                        .updating(
                            Update.of(
                                direct,
                                Derivatives.gradient(problem.outer().objective().total(), theta))))
                .updating(mixed.capture()));
  }

  private ImmutableMap<String, Expr> tolerance() {
    return settings
        .tolerance()
        .map(schedule -> ImmutableMap.of(TOLERANCE, schedule.at(count)))
        .orElse(ImmutableMap.of());
  }

  /**
   * Refuses a warm start of a method that goes on from nothing.
   *
   * @throws IllegalArgumentException if the solver uses no guess
   */
  public static void requireWarmStart(String estimator, LinearSolver solver) {
    if (!solver.usesGuess()) {
      throw UsageError.in(estimator)
          .because("the linear solver does not go on from a guess, so a warm start does nothing")
          .row("solver", solver.description())
          .maybe("warmStarted(false) was meant, or an iterative method.");
    }
  }

  private LinearSolve linearSolve(
      String name,
      LinearOperator operator,
      Vector right,
      Optional<Vector> guess,
      OptionalInt perRun) {
    UnaryOperator<Vector> preconditioner =
        settings.preconditioner().map(p -> p.of(operator, right)).orElse(UnaryOperator.identity());
    return new LinearSolve(
        new SolveReport.Context(name, system.kind(), settings.damping()),
        settings.solver(),
        new LinearSystem(operator, right, guess, preconditioner),
        perRun,
        engine);
  }

  @Override
  public ImmutableMap<String, Double> prepare(Feed feed, Supplier<Feed> innerFeeds) {
    ImmutableMap.Builder<String, Double> report = ImmutableMap.builder();
    report.putAll(inner.run(feed, innerFeeds));
    Solved solved = solve(feed);
    report.put(GRADIENT_NORM, solved.gradientNorm());
    report.putAll(solved.report().measurements());
    report.putAll(truncationError(solved.report()));
    return report.buildOrThrow();
  }

  /** The inner steps. */
  public InnerSolve inner() {
    return inner;
  }

  /**
   * Linearizes where the inner variables are and solves for the adjoint.
   *
   * @throws NotFiniteException if the inner gradient or the outer objective is not finite there
   * @throws BreakdownException if the linear solver cannot go on
   */
  public Solved solve(Feed feed) {
    Results linearized = linearize.run(feed.limitedTo(linearize));
    double bound = settings.tolerance().isPresent() ? linearized.scalar(TOLERANCE) : 0;
    Implicit.requireResidual(bound);
    Measurements.requireFinite("inner solution", solve.beside(linearized));
    return new Solved(linearized.scalar(GRADIENT_NORM), solve.run(linearized, bound));
  }

  private ImmutableMap<String, Double> truncationError(SolveReport report) {
    if (truncation.isEmpty() || !report.hasResidual()) {
      truncation.ifPresent(t -> t.displacement().keep());
      return ImmutableMap.of();
    }
    HypergradientChange displacement = truncation.get().displacement();
    displacement.keep();
    solve.continueFor(DELAY, report);
    double error = displacement.moved().relative();
    return Double.isFinite(error) ? ImmutableMap.of("error estimate", error) : ImmutableMap.of();
  }

  /** So many further iterations of the last solve; says whether all were made. */
  public boolean continueFor(int iterations, SolveReport report) {
    return solve.continueFor(iterations, report);
  }

  /** Of the linear solve, if all iterations are made. */
  @Override
  public ImmutableMap<Program, Integer> runs() {
    return solve.runs();
  }

  /** The adjoint {@code v} of the last solve. */
  public Vector adjoint() {
    return solve.solution();
  }

  /** The hypergradient with the adjoint as it is now, an expression without inputs. */
  public Vector computed() {
    return computed;
  }

  public AdjointSystem system() {
    return system;
  }

  public Settings settings() {
    return settings;
  }

  /** A solve of another system with the same method. */
  public LinearSolve another(String name, LinearOperator operator, Vector right) {
    return linearSolve(name, operator, right, Optional.empty(), OptionalInt.of(1));
  }

  @Override
  public void restore() {
    inner.restore();
  }

  @Override
  public ImmutableList<Program> innerPrograms() {
    return inner.stepPrograms();
  }

  @Override
  public ImmutableList<Program> programs() {
    return ImmutableList.<Program>builder().addAll(inner.beginPrograms()).add(linearize).build();
  }

  @Override
  public Vector innerSolution() {
    return problem.inner().variables().vector();
  }

  @Override
  public Vector hypergradient() {
    return truncation.map(t -> t.displacement().kept().vector()).orElse(computed);
  }

  @Override
  public ImmutableMap<String, Expr> outputs() {
    return ImmutableMap.of();
  }

  @Override
  public ImmutableList<Update> updates() {
    Vector adjoint = truncation.map(t -> t.adjoint().vector()).orElseGet(solve::solution);
    ImmutableList.Builder<Update> updates = ImmutableList.builder();
    last.ifPresent(variables -> updates.addAll(Update.of(variables, adjoint)));
    settings.tolerance().ifPresent(schedule -> updates.add(new Update(count, count.plus(1))));
    return updates.build();
  }
}
