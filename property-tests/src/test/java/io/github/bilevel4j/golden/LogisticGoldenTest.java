package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.linear.Automatic;
import io.github.bilevel4j.solver.linear.BiCgStab;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.DirectSolver;
import io.github.bilevel4j.solver.linear.Gmres;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.Minres;
import io.github.bilevel4j.solver.linear.NormalEquations;
import java.util.Map;
import java.util.stream.DoubleStream;

/** Logistic regression: the exact hypergradient, by every linear solver. */
class LogisticGoldenTest implements GoldenKind {
  /** Well below the tolerances in float64; in float32 all iterations are made. */
  private static final double TOLERANCE = 1e-13;

  private static final ImmutableList<LinearSolver> SOLVERS =
      ImmutableList.of(
          DirectSolver.cholesky(),
          DirectSolver.lu(),
          ConjugateGradient.steps(80).tolerance(TOLERANCE),
          ConjugateGradient.steps(80).tolerance(TOLERANCE).safeguarded(),
          NormalEquations.steps(300).tolerance(TOLERANCE),
          Minres.steps(80).tolerance(TOLERANCE),
          Gmres.restart(12).cycles(20).tolerance(TOLERANCE),
          BiCgStab.steps(60).tolerance(TOLERANCE));

  /** Of these the operator may be any; the step size of the inner descent conditions it. */
  private static final ImmutableList<LinearSolver> GENERAL =
      ImmutableList.of(
          Automatic.general(),
          NormalEquations.steps(300).tolerance(TOLERANCE),
          Gmres.restart(12).cycles(20).tolerance(TOLERANCE));

  @Override
  public String file() {
    return "bilevel/logistic_l2";
  }

  @Override
  public Tolerances tolerances() {
    return Tolerances.standard()
        .except("adjoint", 2e-12)
        .except("hypergradient.*", 3e-13)
        .inFloat32(2e-6);
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    Logistic logistic = Logistic.of(golden);
    Spectrum bounds = bounds(logistic, engine);
    put(
        logistic.from(
            bounds.steps(), bounds.heavyBall(), Implicit.by(DirectSolver.cholesky()), engine),
        computed);
    putSolution(logistic, engine, computed);
    for (LinearSolver method : SOLVERS) {
      try (Engine own = Evaluation.open(engine.precision())) {
        own.write(logistic.w(), engine.read(logistic.w()));
        put(logistic.here(Implicit.by(method), own), computed);
      }
    }
    for (LinearSolver method : GENERAL) {
      try (Engine own = Evaluation.open(engine.precision())) {
        own.write(logistic.w(), engine.read(logistic.w()));
        putHypergradient(
            logistic
                .from(1, bounds.heavyBall().momentum(0), FixedPoint.by(method), own)
                .hypergradient(Feed.none()),
            computed);
      }
    }
  }

  /**
   * Bounds for the eigenvalues of the Hessian everywhere: those of the penalty below, and above
   * those at zero, where the second derivative of the logistic loss is the greatest.
   */
  private static Spectrum bounds(Logistic logistic, Engine engine) {
    double smallest =
        DoubleStream.of(logistic.golden().numbers("log_lambda")).map(Math::exp).min().orElseThrow();
    Variables inner = Variables.of(logistic.w());
    return new Spectrum(smallest, Spectrum.of(logistic.inner().total(), inner, engine).largest());
  }

  private static void put(BilevelSolver solver, Computed computed) {
    ImmutableMap<String, Array> all = solver.hypergradient(Feed.none());
    computed.put("adjoint", Perturbation.adjoint(all));
    putHypergradient(all, computed);
  }

  private static void putHypergradient(ImmutableMap<String, Array> all, Computed computed) {
    Array hypergradient = Logistic.hypergradient(all);
    computed
        .put("hypergradient", hypergradient)
        .put("hypergradient_scalar_loglambda", DoubleStream.of(hypergradient.toDoubles()).sum());
  }

  private static void putSolution(Logistic logistic, Engine engine, Computed computed) {
    Spectrum spectrum = Spectrum.of(logistic.inner().total(), Variables.of(logistic.w()), engine);
    Map<String, Expr> expressions =
        Map.of(
            "inner_value", logistic.inner().total(),
            "outer_value", logistic.outer().total(),
            "outer_grad_w", logistic.outer().total().gradient(logistic.w()),
            "inner_grad_norm", logistic.inner().total().gradient(logistic.w()).norm());
    ImmutableMap<String, Array> values = Evaluation.on(engine, expressions);
    computed
        .put("w_star", engine.read(logistic.w()))
        .put("hessian_eig_min", spectrum.smallest())
        .put("hessian_eig_max", spectrum.largest())
        .put("hessian_cond", spectrum.condition())
        .put("inner_value", values.get("inner_value"))
        .put("outer_value", values.get("outer_value"))
        .put("outer_grad_w", values.get("outer_grad_w"));
    if (engine.precision() == Precision.FLOAT64) {
      computed.put(
          "inner_grad_norm",
          values.get("inner_grad_norm"),
          Measure.onScale(1).within("inner_grad_norm"));
    }
  }
}
