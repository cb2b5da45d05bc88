package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.Step;
import io.github.bilevel4j.problem.Update;
import io.github.bilevel4j.solver.linear.LinearOperator;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.LinearSystem;
import io.github.bilevel4j.solver.linear.Preconditioner;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Differentiation at the inner solution as kinds of step: begin (phi at its start), inner (one
 * optimizer step), linearise (right side, direct term and the direction-free part of all
 * second-order products, computed once), solve (iterations of the linear solver). Everything stays
 * in variables.
 */
final class AdjointEstimate implements Estimate {
  private static final String GRADIENT_NORM = "inner gradient norm";

  private final InnerLevel level;
  private final Vector hypergradient;
  private final SavedState saved;
  private final Optional<Program> begin;
  private final Optional<Program> inner;
  private final Program linearise;
  private final LinearSolve solve;
  private final Optional<Variables> last;
  private final Linearization mixed;

  /** How the adjoint is computed. */
  record Settings(
      LinearSolver solver,
      double damping,
      boolean warmStarted,
      int iterationsPerRun,
      Optional<Preconditioner> preconditioner) {}

  AdjointEstimate(
      BilevelProblem problem,
      Engine engine,
      Settings settings,
      BiFunction<Vector, Descent, AdjointSystem> adjoint) {
    level = problem.inner();
    String name = problem.name();
    Vector phi = level.variables().vector();
    Vector theta = problem.outer().variables().vector();
    Vector innerGradient = Derivatives.gradient(level.objective().total(), phi);
    Descent descent = new Descent(name + "/inner", level.variables(), level.optimizer());
    AdjointSystem system = adjoint.apply(innerGradient, descent);

    last =
        settings.warmStarted()
            ? Optional.of(Variables.zerosLike(name + "/last adjoint", system.right()))
            : Optional.empty();
    solve =
        new LinearSolve(
            new SolveReport.Context(name, settings.damping()),
            settings.solver(),
            linear(system, settings),
            settings.iterationsPerRun(),
            engine);
    mixed = solve.linearised(name + "/mixed", system.pulledBack().apply(solve.solution()));
    Variables direct = Variables.zerosLike(name + "/direct", theta);
    hypergradient = direct.vector().plus(mixed.function());

    saved = new SavedState(name, descent.everything(), engine);
    begin =
        level
            .start()
            .map(
                start ->
                    engine.compile(Step.named(name + "/begin").updating(descent.startAt(start))));
    inner =
        level.steps() == 0
            ? Optional.empty()
            : Optional.of(
                engine.compile(
                    Step.named(name + "/inner")
                        .outputs(Measurements.under("inner", level.objective().values()))
                        .updating(descent.along(innerGradient))));
    linearise =
        engine.compile(
            solve
                .begin(
                    Step.named(name + "/linearise")
                        .output(GRADIENT_NORM, innerGradient.norm())
                        .updating(
                            Update.of(
                                direct,
                                Derivatives.gradient(problem.outer().objective().total(), theta))))
                .updating(mixed.capture()));
  }

  private LinearSystem linear(AdjointSystem system, Settings settings) {
    LinearOperator operator = system.operator();
    Vector right = system.right();
    UnaryOperator<Vector> preconditioner =
        settings.preconditioner().map(p -> p.of(operator, right)).orElse(UnaryOperator.identity());
    return new LinearSystem(operator, right, last.map(Variables::vector), preconditioner);
  }

  @Override
  public ImmutableMap<String, Double> prepare(Feed feed, Supplier<Feed> innerFeeds) {
    saved.save();
    begin.ifPresent(program -> program.run(feed.limitedTo(program)));
    ImmutableMap.Builder<String, Double> report = ImmutableMap.builder();
    for (int t = 0; t < level.steps(); t++) {
      Program step = inner.orElseThrow();
      ImmutableMap<String, Double> terms =
          Measurements.of(step.run(innerFeeds.get().limitedTo(step)));
      Measurements.requireFinite("inner step " + (t + 1), terms);
      if (t == 0) {
        report.putAll(terms);
      }
    }
    Results linearised = linearise.run(feed.limitedTo(linearise));
    report.put(GRADIENT_NORM, linearised.scalar(GRADIENT_NORM));
    return report.putAll(solve.run(linearised).measurements()).buildOrThrow();
  }

  @Override
  public void restore() {
    saved.restore();
  }

  @Override
  public ImmutableList<Program> innerPrograms() {
    return ImmutableList.copyOf(inner.stream().toList());
  }

  @Override
  public ImmutableList<Program> programs() {
    return ImmutableList.<Program>builder().addAll(begin.stream().toList()).add(linearise).build();
  }

  @Override
  public Vector innerSolution() {
    return level.variables().vector();
  }

  @Override
  public Vector hypergradient() {
    return hypergradient;
  }

  @Override
  public ImmutableMap<String, Expr> outputs() {
    return ImmutableMap.of();
  }

  @Override
  public ImmutableList<Update> updates() {
    return last.map(variables -> Update.of(variables, solve.solution())).orElse(ImmutableList.of());
  }
}
