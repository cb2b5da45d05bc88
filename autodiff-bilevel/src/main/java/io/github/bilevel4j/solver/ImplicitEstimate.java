package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.Step;
import io.github.bilevel4j.problem.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Implicit differentiation as four kinds of step: begin (phi at its start), inner (one optimizer
 * step), linearise (right side, direct term and the direction-free part of both second-order
 * products, computed once), solve (one Krylov iteration). Everything stays in variables.
 */
final class ImplicitEstimate implements Estimate {
  private final Variables phi;
  private final Vector hypergradient;
  private final int innerSteps;
  private final Optional<Program> begin;
  private final Program inner;
  private final Program linearise;
  private final ConjugateGradientSolve solve;

  ImplicitEstimate(BilevelProblem problem, ConjugateGradient settings, Engine engine) {
    InnerLevel level = problem.inner();
    phi = level.variables();
    innerSteps = level.steps();
    Vector theta = problem.outer().variables().vector();
    Vector at = phi.vector();
    Expr outer = problem.outer().objective().total();
    Vector innerGradient = Derivatives.gradient(level.objective().total(), at);
    Descent descent = new Descent(problem.name() + "/inner", phi, level.optimizer());

    String name = problem.name();
    solve = new ConjugateGradientSolve(name, at, settings);
    Variables direct = Variables.zerosLike(name + "/direct", theta);
    Linearization hessian =
        Linearization.of(
            name + "/hessian",
            Derivatives.vjp(innerGradient, at, solve.direction().vector()),
            solve.direction());
    Linearization mixed =
        Linearization.of(
            name + "/mixed",
            Derivatives.vjp(innerGradient, theta, solve.solution().vector()),
            solve.solution());
    hypergradient = direct.vector().minus(mixed.function());

    begin =
        level
            .start()
            .map(
                start ->
                    engine.compile(Step.named(name + "/begin").updating(descent.startAt(start))));
    inner =
        engine.compile(
            Step.named(name + "/inner")
                .outputs(Measurements.under("inner", level.objective().values()))
                .updating(descent.along(innerGradient)));
    List<Update> kept = new ArrayList<>(hessian.capture());
    kept.addAll(mixed.capture());
    kept.addAll(Update.of(direct, Derivatives.gradient(outer, theta)));
    kept.addAll(solve.begin(Derivatives.gradient(outer, at)));
    linearise =
        engine.compile(
            Step.named(name + "/linearise")
                .output("inner gradient norm", innerGradient.norm())
                .updating(kept));
    solve.compile(hessian.function(), engine);
  }

  @Override
  public ImmutableMap<String, Double> prepare(Feed feed) {
    begin.ifPresent(program -> program.run(feed.limitedTo(program)));
    ImmutableMap.Builder<String, Double> report = ImmutableMap.builder();
    for (int t = 0; t < innerSteps; t++) {
      ImmutableMap<String, Double> terms = Measurements.of(inner.run(feed.limitedTo(inner)));
      if (t == 0) {
        report.putAll(terms);
      }
    }
    report.putAll(Measurements.of(linearise.run(feed.limitedTo(linearise))));
    return report.putAll(solve.run()).buildOrThrow();
  }

  @Override
  public ImmutableList<Program> programs() {
    return ImmutableList.<Program>builder()
        .addAll(begin.stream().toList())
        .add(inner, linearise)
        .build();
  }

  @Override
  public Vector innerSolution() {
    return phi.vector();
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
    return ImmutableList.of();
  }
}
