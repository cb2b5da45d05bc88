package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Ridge regression {@code 1/2n |X w - t|^2 + 1/2 sum_j exp(x_j) w_j^2}: with {@code A = X'X / n +
 * diag(exp x)}, {@code w* = A^-1 X't / n} and the hypergradient is {@code -exp(x) w* A^-1 dF/dw}.
 */
class RidgeProperties {
  private static final int SAMPLES = 12;
  private static final int FEATURES = 4;

  private static final Expr TRAINING = Expr.input("training", SAMPLES, FEATURES);
  private static final Expr TARGETS = Expr.input("targets", SAMPLES);
  private static final Expr VALIDATION = Expr.input("validation", SAMPLES, FEATURES);
  private static final Expr W = Expr.variable("w", Shape.of(FEATURES), Initializer.zeros());
  private static final Expr LOG_WEIGHTS =
      Expr.variable("log weights", Shape.of(FEATURES), Initializer.zeros());
  private static final Engine ENGINE = Evaluation.open(Precision.FLOAT64);
  private static final BilevelSolver SOLVER =
      BilevelSolver.of(
          Bilevel.problem("ridge")
              .inner(Variables.of(W))
              .minimize(
                  Objective.of("training", halfMeanSquare(TRAINING, W))
                      .plus("penalty", 0.5, LOG_WEIGHTS.exp().dot(W.squared())))
              .solvedBy(500, Sgd.rate(0.15))
              .outer(Variables.of(LOG_WEIGHTS))
              .minimize(Objective.of("validation", halfMeanSquare(VALIDATION, W)))
              .steppedBy(Sgd.rate(1))
              .differentiatedBy(Implicit.by(ConjugateGradient.steps(FEATURES).tolerance(0))),
          ENGINE);

  private static Expr halfMeanSquare(Expr samples, Expr w) {
    return samples.matmul(w.unsqueezed(-1)).reshape(-1).minus(TARGETS).squared().mean().times(0.5);
  }

  @Property(seed = "90", tries = 10)
  void hypergradientIsTheClosedForm(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Map<Expr, Array> data =
        Map.of(
            TRAINING, draws.uniform(-1, 1, SAMPLES, FEATURES),
            TARGETS, draws.normal(SAMPLES),
            VALIDATION, draws.uniform(-1, 1, SAMPLES, FEATURES));
    Array logWeights = draws.uniform(-1, 1, FEATURES);
    Feed feed = Feed.none();
    for (Map.Entry<Expr, Array> input : data.entrySet()) {
      feed = feed.and(input.getKey(), input.getValue());
    }
    ENGINE.write(LOG_WEIGHTS, logWeights);
    assertClose(SOLVER.hypergradient(feed).get("log weights"), closedForm(data, logWeights), 1e-9);
  }

  private static Array closedForm(Map<Expr, Array> data, Array logWeights) {
    Expr training = Expr.constant(data.get(TRAINING));
    Expr validation = Expr.constant(data.get(VALIDATION));
    Expr targets = Expr.constant(data.get(TARGETS)).unsqueezed(-1);
    Expr weights = Expr.constant(logWeights).exp();
    Expr matrix = training.columnGram().dividedBy(SAMPLES).plus(weights.diagonalMatrix());
    Expr solution =
        matrix.positiveDefiniteSolve(training.transposedMatmul(targets).dividedBy(SAMPLES));
    Expr slope =
        validation.transposedMatmul(validation.matmul(solution).minus(targets)).dividedBy(SAMPLES);
    Expr adjoint = matrix.positiveDefiniteSolve(slope);
    return Evaluation.of(weights.times(solution.reshape(-1)).times(adjoint.reshape(-1)).negated());
  }
}
