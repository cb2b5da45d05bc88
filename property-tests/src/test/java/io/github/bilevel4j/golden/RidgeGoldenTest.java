package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.Map;

/** Ridge regression with a log-regularizer for each feature: everything has a closed form. */
class RidgeGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "bilevel/ridge_log_lambda";
  }

  @Override
  public Tolerances tolerances() {
    return Tolerances.standard().except("adjoint", 3e-13).inFloat32(5e-5);
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    Ridge ridge = Ridge.of(golden);
    Spectrum spectrum = Spectrum.of(ridge.inner().total(), Variables.of(ridge.w), engine);
    BilevelSolver solver = BilevelSolver.of(ridge.problem(ridge.outer(), spectrum), engine);
    ImmutableMap<String, Array> hypergradient = solver.hypergradient(Feed.none());
    computed
        .put("hypergradient", hypergradient.get("log lambda"))
        .put("adjoint", Perturbation.adjoint(hypergradient))
        .put("w_star", engine.read(ridge.w))
        .put("hessian_eig_min", spectrum.smallest())
        .put("hessian_eig_max", spectrum.largest())
        .put("hessian_cond", spectrum.condition());
    Map<String, Expr> expressions =
        Map.of(
            "inner_value", ridge.inner().total(),
            "outer_value", ridge.outer().total(),
            "outer_grad_w", ridge.outer().total().gradient(ridge.w),
            "outer_grad_direct", ridge.outer().total().gradient(ridge.logLambda));
    Evaluation.on(engine, expressions).forEach(computed::put);
    putJacobian(ridge, spectrum, engine, computed);
  }

  /** Row i of {@code dw* / dx} is the hypergradient of the outer objective {@code w_i}. */
  private static void putJacobian(
      Ridge ridge, Spectrum spectrum, Engine engine, Computed computed) {
    int features = ridge.w.shape().dim(0);
    Expr direction = Expr.input("direction", features);
    BilevelSolver solver =
        BilevelSolver.of(
            ridge.problem(Objective.of("coordinate", direction.dot(ridge.w)), spectrum), engine);
    double[][] rows = new double[features][];
    for (int i = 0; i < features; i++) {
      int row = i;
      Array unit = Array.fill(direction.shape(), j -> j == row ? 1 : 0);
      rows[i] = solver.hypergradient(Feed.of(direction, unit)).get("log lambda").toDoubles();
    }
    computed.put("dw_dloglambda", Array.matrix(rows));
  }

  /** The problem of a case. */
  private record Ridge(GoldenCase golden, Expr w, Expr logLambda) {

    static Ridge of(GoldenCase golden) {
      Array logLambda = Array.vector(golden.numbers("log_lambda"));
      return new Ridge(
          golden,
          Expr.variable("w", logLambda.shape(), Initializer.zeros()),
          Expr.variable("log lambda", logLambda));
    }

    Objective inner() {
      return Objective.of("training", halfMeanSquare("train"))
          .plus("penalty", 0.5, logLambda.exp().dot(w.squared()));
    }

    Objective outer() {
      return Objective.of("validation", halfMeanSquare("val"))
          .plus("size", golden.number("rho") / 2, logLambda.squared().sum());
    }

    private Expr halfMeanSquare(String part) {
      Expr prediction = golden.constant("X_" + part).matmul(w.unsqueezed(-1)).reshape(-1);
      return prediction.minus(golden.constant("y_" + part)).squared().mean().times(0.5);
    }

    BilevelProblem problem(Objective objective, Spectrum spectrum) {
      Variables inner = Variables.of(w);
      Perturbation perturbation = Perturbation.of(inner);
      return Bilevel.problem("ridge")
          .inner(inner)
          .minimize(inner().plus("perturbation", perturbation.term()))
          .solvedBy(spectrum.steps(), spectrum.heavyBall())
          .outer(Variables.of(logLambda).and(perturbation.shift()))
          .minimize(objective)
          .steppedBy(Sgd.rate(1))
          .differentiatedBy(Implicit.by(ConjugateGradient.steps(w.shape().dim(0)).tolerance(0)));
    }
  }
}
