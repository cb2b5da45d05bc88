package io.github.bilevel4j.solver.diagnosis;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.solver.estimator.AdjointSolve;
import io.github.bilevel4j.solver.step.internal.RecordingEngine;
import java.util.function.Function;

/**
 * What a solver tells of itself. It asks the estimator: {@link CompiledEstimator} for an
 * explanation, and {@link AdjointSolve}, where the estimator has an adjoint, for a diagnosis and a
 * verification part by part.
 */
public final class Examiner {
  private final BilevelProblem given;
  private final BilevelProblem problem;
  private final CompiledEstimator estimator;
  private final RecordingEngine recording;
  private final Engine engine;
  private Function<Feed, Diagnosis> diagnosis;

  /**
   * An examiner; it compiles nothing yet.
   *
   * @param given the problem with all its levels
   * @param problem the one of two levels that is differentiated
   * @param recording on which the solver was compiled
   */
  public Examiner(
      BilevelProblem given,
      BilevelProblem problem,
      CompiledEstimator estimator,
      RecordingEngine recording,
      Engine engine) {
    this.given = given;
    this.problem = problem;
    this.estimator = estimator;
    this.recording = recording;
    this.engine = engine;
  }

  /** What a step will do. */
  public Explanation explain() {
    return new Explainer(given, problem, estimator, recording).explain();
  }

  /** How good the hypergradient of a step from the present state would be. */
  public Diagnosis diagnose(Feed feed) {
    if (diagnosis == null) {
      diagnosis =
          estimator instanceof AdjointSolve adjoint
              ? new AdjointDiagnosis(problem, adjoint, engine)::run
              : new ReferenceDiagnosis(problem, estimator, engine)::run;
    }
    return diagnosis.apply(feed);
  }

  /** How that hypergradient compares with a reference. */
  public Verification verify(Feed feed) {
    return Verifier.verify(problem, estimator, engine, feed);
  }
}
