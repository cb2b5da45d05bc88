package io.github.bilevel4j.examples.bench;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * How far the results of the lower precisions are from those in double precision, on the same
 * images and weights: the loss of self-supervised training, its gradient in all parameters, and the
 * hypergradients that {@link SslStepBench} times; that by conjugate gradients goes on with MINRES
 * where the curvature is not positive.
 */
public final class PrecisionBench {
  private static final int ITERATIONS = 10;

  private PrecisionBench() {}

  /**
   * Everything in each precision.
   *
   * @param workload the same for each engine, with its weights
   * @param open opens an engine of a precision
   */
  public static Table run(Function<Engine, Workload> workload, Function<Precision, Engine> open) {
    ImmutableMap<String, ImmutableMap<String, Array>> exact =
        results(workload, open, Precision.FLOAT64);
    Table table = Table.of("", "precision", "norm", "relative error", "1 - cosine");
    for (Precision precision : List.of(Precision.FLOAT32, Precision.MIXED)) {
      ImmutableMap<String, ImmutableMap<String, Array>> found = results(workload, open, precision);
      for (Map.Entry<String, ImmutableMap<String, Array>> row : exact.entrySet()) {
        Agreement agreement = Agreement.of(found.get(row.getKey()), row.getValue());
        table =
            table.formatted(
                "%s|%s|%.4g|%.2g|%.2g",
                row.getKey(),
                Ascii.toLowerCase(precision.name()),
                agreement.norm(),
                agreement.relativeError(),
                Math.max(0, 1 - agreement.cosine()));
      }
    }
    return table;
  }

  private static ImmutableMap<String, ImmutableMap<String, Array>> results(
      Function<Engine, Workload> of, Function<Precision, Engine> open, Precision precision) {
    Map<String, ImmutableMap<String, Array>> results = new LinkedHashMap<>();
    // A trained encoder may have directions of negative curvature.
    HypergradientEstimator implicit =
        Implicit.by(ConjugateGradient.steps(ITERATIONS).tolerance(0).safeguarded());
    try (Engine engine = open.apply(precision)) {
      Workload workload = of.apply(engine);
      SingleLevelProblem training = workload.training(false);
      Expr loss = training.objective().total();
      results.put("loss", values(Vector.of(ImmutableMap.of("loss", loss)), engine));
      Vector weights = training.variables().vector();
      results.put("gradient", values(Derivatives.gradient(loss, weights), engine));
      results.put(
          "hypergradient, " + ITERATIONS + " CG iterations",
          hypergradient(workload.bilevel(implicit), engine));
      results.put(
          "hypergradient, exact through 1 step",
          hypergradient(workload.bilevel(Unrolled.exact()), engine));
      results.put(
          "UMM, exact through 1 step", hypergradient(workload.umm(Unrolled.exact()), engine));
    }
    return ImmutableMap.copyOf(results);
  }

  private static ImmutableMap<String, Array> values(Vector vector, Engine engine) {
    Step step = Step.named("values");
    for (Map.Entry<String, Expr> component : vector.components().entrySet()) {
      step = step.output(component.getKey(), component.getValue());
    }
    return engine.compile(step).run().all();
  }

  private static ImmutableMap<String, Array> hypergradient(BilevelProblem problem, Engine engine) {
    return BilevelSolver.of(problem, engine).hypergradient(Feed.none());
  }
}
