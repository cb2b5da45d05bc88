package io.github.bilevel4j.solver.estimator;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
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
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.linear.BreakdownException;
import io.github.bilevel4j.solver.linear.LinearOperator;
import io.github.bilevel4j.solver.linear.LinearSolve;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.LinearSystem;
import io.github.bilevel4j.solver.linear.Linearization;
import io.github.bilevel4j.solver.linear.SolveReport;
import io.github.bilevel4j.solver.step.InnerSolve;
import io.github.bilevel4j.solver.step.InnerSteps;
import io.github.bilevel4j.solver.step.NotFiniteException;
import io.github.bilevel4j.solver.step.StatefulOptimizer;
import io.github.bilevel4j.solver.step.internal.Measurements;
import io.github.bilevel4j.solver.step.internal.VectorChange;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Differentiation at the inner solution as kinds of step: begin (phi at its start), inner (one
 * optimizer step), linearize (right side, direct term and the direction-free part of all
 * second-order products, current once), solve (iterations of the linear solver). Everything stays
 * in variables.
 */
final class AdjointEstimate implements AdjointSolve {
  private static final String GRADIENT_NORM = "inner gradient norm";
  private static final String TOLERANCE = "scheduled residual";

  /** Iterations between the two hypergradients whose difference estimates the error. */
  static final int DELAY = 3;

  private final BilevelProblem problem;
  private final Engine engine;
  private final Implicit settings;
  private final AdjointSystem system;
  private final Vector current;
  private final InnerSolve inner;
  private final Program linearize;
  private final LinearSolve solve;
  private final Optional<Variables> last;
  private final Optional<Truncation> truncation;
  private final Expr count;
  private final Linearization mixed;

  /** The hypergradient and the adjoint after K iterations, kept while more are made. */
  private record Truncation(VectorChange change, Variables adjoint) {
    static Truncation of(String name, Vector hypergradient, Vector adjoint, Engine engine) {
      Variables kept = Variables.zerosLike(name + "/adjoint", adjoint);
      return new Truncation(
          new VectorChange(name, hypergradient, Update.of(kept, adjoint), engine), kept);
    }
  }

  /**
   * Compiles the estimate.
   *
   * @param settings of the linear solve; its damping is in the system
   * @param adjoint the system, for the inner optimizer
   */
  AdjointEstimate(
      BilevelProblem problem,
      Engine engine,
      Implicit settings,
      Function<StatefulOptimizer, AdjointSystem> adjoint) {
    this.problem = problem;
    this.engine = engine;
    this.settings = settings;
    InnerLevel level = problem.inner();
    String name = problem.name();
    Vector theta = problem.outer().variables().vector();
    Vector innerGradient = engine.batchMean(InnerSteps.gradient(level));
    StatefulOptimizer optimizer = StatefulOptimizer.ofInner(problem);
    system = adjoint.apply(optimizer);

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
    mixed = solve.linearized(name + "/mixed", system.pulledBack().apply(solve.solution()));
    Variables direct = Variables.zerosLike(name + "/direct", theta);
    current = direct.vector().plus(mixed.function());
    count = Expr.variable(name + "/hypergradients", Shape.scalar(), Initializer.zeros());
    linearize =
        solve.begin(
            Step.named(name + "/linearize")
                .output(GRADIENT_NORM, innerGradient.norm())
                .outputs(tolerance())
                .outputs(
                    Measurements.under(
                        "outer", Measurements.means(engine, problem.outer().objective().values())))
                .updating(
                    Update.of(
                        direct,
                        engine.batchMean(
                            Derivatives.gradient(problem.outer().objective().total(), theta))))
                .updating(mixed.capture()));
    inner = InnerSolve.of(problem, optimizer, innerGradient, engine);
    truncation =
        settings.errorEstimated()
            ? Optional.of(Truncation.of(name + "/truncated", current, solve.solution(), engine))
            : Optional.empty();
  }

  private ImmutableMap<String, Expr> tolerance() {
    return settings
        .solvedTo()
        .map(schedule -> ImmutableMap.of(TOLERANCE, schedule.at(count)))
        .orElse(ImmutableMap.of());
  }

  /**
   * Refuses a warm start of a method that goes on from nothing.
   *
   * @throws IllegalArgumentException if the solver uses no guess
   */
  static void requireWarmStart(String estimator, LinearSolver solver) {
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
        settings
            .preconditionedBy()
            .map(p -> p.of(operator, right))
            .orElse(UnaryOperator.identity());
    return new LinearSolve(
        new SolveReport.Context(name, system.kind(), system.damping()),
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
    report.putAll(truncationError(solved.report(), feed));
    return report.buildOrThrow();
  }

  @Override
  public InnerSolve inner() {
    return inner;
  }

  /**
   * {@inheritDoc}
   *
   * @throws NotFiniteException if the inner gradient or the outer objective is not finite there
   * @throws BreakdownException if the linear solver cannot go on
   */
  @Override
  public Solved solve(Feed feed) {
    Results linearized = linearize.run(feed.limitedTo(linearize));
    double bound = settings.solvedTo().isPresent() ? linearized.scalar(TOLERANCE) : 0;
    Implicit.requireResidual(bound);
    NotFiniteException.requireFinite("inner solution", solve.ofOthers(linearized), feed);
    return new Solved(linearized.scalar(GRADIENT_NORM), solve.run(linearized, bound, feed));
  }

  private ImmutableMap<String, Double> truncationError(SolveReport report, Feed feed) {
    if (truncation.isEmpty() || !report.hasResidual()) {
      truncation.ifPresent(t -> t.change().keep(feed));
      return ImmutableMap.of();
    }
    VectorChange change = truncation.get().change();
    change.keep(feed);
    solve.continueFor(DELAY, report, feed);
    double error = change.since(feed).relative();
    return Double.isFinite(error) ? ImmutableMap.of("error estimate", error) : ImmutableMap.of();
  }

  @Override
  public boolean continueFor(int iterations, SolveReport report, Feed feed) {
    return solve.continueFor(iterations, report, feed);
  }

  @Override
  public Vector adjoint() {
    return solve.solution();
  }

  @Override
  public Vector current() {
    return current;
  }

  @Override
  public AdjointSystem system() {
    return system;
  }

  @Override
  public LinearSolver method() {
    return settings.solver();
  }

  @Override
  public LinearSolve another(String name, LinearOperator operator, Vector right) {
    return linearSolve(name, operator, right, Optional.empty(), OptionalInt.of(1));
  }

  @Override
  public ImmutableSet<Expr> kept() {
    return ImmutableSet.<Expr>builder().addAll(solve.kept()).addAll(mixed.kept()).build();
  }

  @Override
  public String formula() {
    return switch (system.kind()) {
      case HESSIAN ->
          "dF/dtheta - d/dtheta <dG/dphi, v>, "
              + (system.damping() == 0 ? "H" : "(H + " + system.damping() + " I)")
              + " v = dF/dphi, at the inner solution";
      case FIXED_POINT ->
          "dF/dtheta + (dP/dtheta)^T v, (I - dP/dz)^T v = dF/dz, for the inner step z <- P(z)";
    };
  }

  @Override
  public ImmutableList<String> reasons() {
    return settings
        .solver()
        .reasonFor(system.right().dimension())
        .map(ImmutableList::of)
        .orElse(ImmutableList.of());
  }

  @Override
  public void restore() {
    inner.restore();
  }

  @Override
  public ImmutableList<Stage> stages() {
    return ImmutableList.<Stage>builder()
        .addAll(inner.stages())
        .add(new Stage(Role.OTHER, linearize, 1))
        .addAll(solve.stages())
        .build();
  }

  @Override
  public Vector innerSolution() {
    return problem.inner().variables().vector();
  }

  @Override
  public Vector hypergradient() {
    return truncation.map(t -> t.change().kept().vector()).orElse(current);
  }

  @Override
  public ImmutableList<Update> updates() {
    Vector adjoint = truncation.map(t -> t.adjoint().vector()).orElseGet(solve::solution);
    ImmutableList.Builder<Update> updates = ImmutableList.builder();
    last.ifPresent(variables -> updates.addAll(Update.of(variables, adjoint)));
    settings.solvedTo().ifPresent(schedule -> updates.add(new Update(count, count.plus(1))));
    return updates.build();
  }
}
