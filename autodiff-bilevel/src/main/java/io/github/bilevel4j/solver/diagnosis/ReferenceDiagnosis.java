package io.github.bilevel4j.solver.diagnosis;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Substitution;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.solver.estimator.AdjointSolve;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.step.InnerSteps;
import io.github.bilevel4j.solver.step.internal.SavedState;
import io.github.bilevel4j.solver.step.internal.VectorChange;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The diagnosis of an estimate without an adjoint: the inner gradient where it is taken, and its
 * distance from an implicit hypergradient at the Newton-corrected point, where there is one. All
 * variables are put back.
 */
final class ReferenceDiagnosis {
  private static final int ITERATIONS = 200;
  private static final String GRADIENT = "gradient";
  private static final String NORM = "norm";

  private final BilevelProblem problem;
  private final CompiledEstimator estimate;
  private final SavedState saved;
  private final Program start;
  private final Program evaluate;
  private final Optional<Reference> reference;

  /** The implicit estimate at the point where the inner variables are. */
  private record Reference(AdjointDiagnosis diagnosis, VectorChange difference) {}

  ReferenceDiagnosis(BilevelProblem problem, CompiledEstimator estimate, Engine engine) {
    this.problem = problem;
    this.estimate = estimate;
    String name = problem.name() + "/diagnosis";
    Variables inner = problem.inner().variables();
    Vector gradient = InnerSteps.gradient(problem.inner());
    saved = new SavedState(name, inner.leaves().values().asList(), engine);
    start =
        engine.compile(
            Step.named(name + "/start")
                .output(
                    GRADIENT,
                    Substitution.of(inner, InnerSteps.start(problem.inner()))
                        .apply(gradient)
                        .norm()));
    Variables kept = Variables.zerosLike(name + "/estimate", estimate.hypergradient());
    evaluate =
        engine.compile(
            Step.named(name + "/evaluate")
                .output(NORM, estimate.hypergradient().norm())
                .output(
                    GRADIENT,
                    Substitution.of(inner, estimate.innerSolution()).apply(gradient).norm())
                .updating(Update.of(kept, estimate.hypergradient()))
                .updating(Update.of(inner, estimate.innerSolution())));
    reference =
        implicit(problem)
            .map(
                atPoint -> {
                  AdjointSolve adjoint = (AdjointSolve) estimator().compile(atPoint, engine);
                  return new Reference(
                      new AdjointDiagnosis(atPoint, adjoint, engine),
                      new VectorChange(
                          name + "/reference", adjoint.current().minus(kept.vector()), engine));
                });
  }

  private static Implicit estimator() {
    return Implicit.by(ConjugateGradient.steps(ITERATIONS));
  }

  /** The problem at its inner solution, if implicit differentiation suits it. */
  private static Optional<BilevelProblem> implicit(BilevelProblem problem) {
    InnerLevel inner = problem.inner();
    InnerLevel solved =
        new InnerLevel(
            inner.variables(), inner.objective(), Optional.empty(), 0, inner.optimizer());
    try {
      return Optional.of(
          new BilevelProblem(
              problem.name() + "/implicit",
              problem.lower(),
              solved,
              problem.outer(),
              estimator(),
              problem.updates()));
    } catch (IllegalArgumentException unsuitable) {
      return Optional.empty();
    }
  }

  /** Diagnoses the inner solution that the estimate finds from the present state. */
  Diagnosis run(Feed feed) {
    double startGradient = start.run(feed.limitedTo(start)).scalar(GRADIENT);
    saved.save();
    try {
      estimate.prepare(feed, () -> feed);
      Results evaluated = evaluate.run(feed.limitedTo(evaluate));
      return diagnosis(
          startGradient,
          evaluated,
          reference.flatMap(r -> r.diagnosis().correctedFrom(feed, r.difference())));
    } finally {
      estimate.restore();
      saved.restore();
    }
  }

  private Diagnosis diagnosis(
      double startGradient, Results evaluated, Optional<AdjointDiagnosis.Corrected> corrected) {
    OptionalDouble total = AdjointDiagnosis.of(corrected.map(AdjointDiagnosis.Corrected::total));
    Diagnosis.Inner inner =
        new Diagnosis.Inner(
            problem.inner().steps(),
            startGradient,
            evaluated.scalar(GRADIENT),
            AdjointDiagnosis.of(corrected.map(AdjointDiagnosis.Corrected::distance)));
    return new Diagnosis(
        problem.name(),
        problem.hypergradient().description(),
        OptionalDouble.of(evaluated.scalar(NORM)),
        inner,
        Optional.empty(),
        new Diagnosis.Errors(OptionalDouble.empty(), OptionalDouble.empty(), total, 0),
        Advice.withoutAdjoint(total, reference.isPresent()));
  }
}
