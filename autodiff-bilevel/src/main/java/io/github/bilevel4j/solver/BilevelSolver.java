package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import com.google.common.collect.Streams;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Substitution;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Step;
import io.github.bilevel4j.problem.Update;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Mistake;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Solves a bi-level problem: each step solves the inner problem, estimates the hypergradient and
 * moves the outer variables along it.
 *
 * <p>A step reports the terms of both objectives ({@code inner/...} at the start of the inner
 * solve, {@code outer/...} at the inner solution), the norm of the hypergradient, and what the
 * estimator says of itself.
 */
public final class BilevelSolver implements Solver {
  private final BilevelProblem problem;
  private final Engine engine;
  private final Estimate estimate;
  private final Substitution atSolution;
  private final Program outer;
  private Program evaluation;

  private BilevelSolver(BilevelProblem problem, Estimator estimator, Engine engine) {
    this.problem = problem;
    this.engine = engine;
    this.estimate = estimator.of(problem, engine);
    this.atSolution = Substitution.of(problem.inner().variables(), estimate.innerSolution());
    Descent descent =
        new Descent(
            problem.name() + "/outer", problem.outer().variables(), problem.outer().optimizer());
    this.outer =
        engine.compile(
            ifFinite(
                report()
                    .updating(descent.along(estimate.hypergradient()))
                    .updating(estimate.updates())
                    .updating(
                        problem.updates().stream()
                            .map(u -> new Update(u.variable(), atSolution.apply(u.value())))
                            .toList())));
  }

  /**
   * Compiles a problem.
   *
   * @throws IllegalArgumentException if its estimator is not one that this solver can carry out
   */
  public static BilevelSolver of(BilevelProblem problem, Engine engine) {
    if (problem.hypergradient() instanceof Estimator estimator) {
      // Symbolic gradients are expanded while their points still are the variables: afterwards
      // other
      // expressions, which occur elsewhere too, stand in their place.
      return new BilevelSolver(problem.map(Derivatives::expand), estimator, engine);
    }
    throw Mistake.in("solve \"" + problem.name() + "\"")
        .because("the hypergradient is not an estimator of this solver")
        .row("hypergradient", problem.hypergradient().description())
        .maybe("Unrolled.exact() or Implicit.by(ConjugateGradient.steps(10)) was meant.");
  }

  /**
   * As {@link #step(Feed, Supplier)}, with the same feed for the inner steps.
   *
   * @throws IllegalArgumentException if the feed lacks an input or has one that nothing uses
   * @throws NotFiniteException if a term is not finite; all variables keep their values
   * @throws IllegalStateException if the linear solver breaks down; all variables keep their values
   */
  @Override
  public ImmutableMap<String, Double> step(Feed feed) {
    return step(feed, () -> feed);
  }

  /**
   * One step whose inner steps have a stream of their own.
   *
   * @param feed for the outer objective and for the derivatives at the inner solution
   * @param innerFeeds asked once for each inner step
   */
  public ImmutableMap<String, Double> step(Feed feed, Supplier<Feed> innerFeeds) {
    requireUsed(feed, outer);
    return orRestore(
        () -> {
          ImmutableMap<String, Double> report =
              ImmutableMap.<String, Double>builder()
                  .putAll(estimate.prepare(feed, innerFeeds))
                  .putAll(Measurements.of(outer.run(feed.limitedTo(outer))))
                  .buildOrThrow();
          Measurements.requireFinite("outer step", report);
          return report;
        });
  }

  /**
   * Solves the inner problem and returns the hypergradient, component by component. The outer
   * variables stay where they are; the inner ones end at the inner solution, as after a step.
   */
  public ImmutableMap<String, Array> hypergradient(Feed feed) {
    if (evaluation == null) {
      evaluation =
          engine.compile(
              Step.named(problem.name() + "/hypergradient")
                  .outputs(estimate.hypergradient().components())
                  .updating(estimate.updates()));
    }
    requireUsed(feed, evaluation);
    return orRestore(
        () -> {
          estimate.prepare(feed, () -> feed);
          return evaluation.run(feed.limitedTo(evaluation)).all();
        });
  }

  private <T> T orRestore(Supplier<T> work) {
    try {
      return work.get();
    } catch (IllegalArgumentException | IllegalStateException failure) {
      estimate.restore();
      throw failure;
    }
  }

  private void requireUsed(Feed feed, Program last) {
    Set<Expr> used =
        Streams.concat(
                estimate.innerPrograms().stream(), estimate.programs().stream(), Stream.of(last))
            .flatMap(program -> program.inputs().stream())
            .collect(Collectors.toSet());
    for (String unused : feed.namesOutside(used)) {
      throw Mistake.in("solve \"" + problem.name() + "\"")
          .because("the value fed to \"%s\" is not used", unused)
          .maybe("it belongs to another problem.");
    }
  }

  /** The step whose updates keep the old values unless everything it reports is finite. */
  private static Step ifFinite(Step step) {
    Expr sum = step.outputs().values().stream().reduce(Expr::plus).orElseThrow();
    Expr finite = sum.minus(sum).equalTo(Expr.constant(0));
    return new Step(
        step.name(),
        step.outputs(),
        step.updates().stream()
            .map(u -> new Update(u.variable(), finite.select(u.value(), u.variable())))
            .collect(ImmutableList.toImmutableList()));
  }

  private Step report() {
    return Step.named(problem.name() + "/outer")
        .outputs(estimate.outputs())
        .outputs(
            Measurements.under(
                "outer",
                Maps.transformValues(problem.outer().objective().values(), atSolution::apply)))
        .output("hypergradient norm", estimate.hypergradient().norm());
  }
}
