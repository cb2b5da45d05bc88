package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import java.util.function.Function;
import java.util.stream.DoubleStream;

/** Logistic regression with a log-regularizer for each feature. */
record Logistic(GoldenCase golden, Expr w, Expr logLambda, Perturbation perturbation) {

  static Logistic of(GoldenCase golden) {
    Array logLambda = Array.vector(golden.numbers("log_lambda"));
    Expr w = Expr.variable("w", logLambda.shape(), Initializer.zeros());
    return new Logistic(
        golden, w, Expr.variable("log lambda", logLambda), Perturbation.of(Variables.of(w)));
  }

  Objective inner() {
    return Objective.of("training", loss("train"))
        .plus("penalty", 0.5, logLambda.exp().dot(w.squared()));
  }

  Objective outer() {
    return Objective.of("validation", loss("val"));
  }

  private Expr loss(String part) {
    Expr prediction = golden.constant("X_" + part).matmul(w.unsqueezed(-1)).reshape(-1);
    return prediction.times(golden.constant("y_" + part)).negated().softplus().mean();
  }

  private BilevelProblem problem(
      Function<Bilevel.NeedsInnerSolver, Bilevel.NeedsOuterVariables> solved,
      HypergradientEstimator estimator) {
    return solved
        .apply(
            Bilevel.problem("logistic")
                .inner(Variables.of(w))
                .minimize(inner().plus("perturbation", perturbation.term())))
        .outer(Variables.of(logLambda).and(perturbation.shift()))
        .minimize(outer())
        .steppedBy(Sgd.rate(1))
        .differentiatedBy(estimator);
  }

  /** Differentiation where the inner variables are. */
  BilevelSolver here(HypergradientEstimator estimator, Engine engine) {
    return BilevelSolver.of(problem(Bilevel.NeedsInnerSolver::presolved, estimator), engine);
  }

  /** Differentiation after so many steps from where the inner variables are. */
  BilevelSolver from(int steps, Sgd descent, HypergradientEstimator estimator, Engine engine) {
    return BilevelSolver.of(problem(level -> level.solvedBy(steps, descent), estimator), engine);
  }

  /** The hypergradient by the log-regularizers. */
  static Array hypergradient(ImmutableMap<String, Array> all) {
    return all.get("log lambda");
  }

  /** The relative residual that a step reports; the outer variables are put back. */
  double residual(BilevelSolver solver, Engine engine) {
    Array before = engine.read(logLambda);
    double residual = solver.step(Feed.none()).get("residual");
    engine.write(ImmutableMap.of(logLambda, before));
    perturbation
        .shift()
        .leaves()
        .values()
        .forEach(shift -> engine.write(shift, Array.fill(shift.shape(), i -> 0)));
    return residual;
  }

  /** The Euclidean distance relative to the norm of what is expected. */
  static double distance(Array computed, Array expected) {
    double squares = 0;
    for (int i = 0; i < expected.size(); i++) {
      squares += Math.pow(computed.at(i) - expected.at(i), 2);
    }
    return Math.sqrt(squares / DoubleStream.of(expected.toDoubles()).map(x -> x * x).sum());
  }
}
