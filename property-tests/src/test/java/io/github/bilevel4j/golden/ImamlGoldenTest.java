package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.Map;
import java.util.stream.DoubleStream;

/** iMAML: implicit differentiation of a proximal inner problem by conjugate gradients. */
class ImamlGoldenTest implements GoldenKind {
  /** Residuals below this share of the right side are compared on that scale. */
  private static final double SMALL_RESIDUAL = 1e-6;

  @Override
  public String file() {
    return "bilevel/imaml_mlp";
  }

  @Override
  public Tolerances tolerances() {
    return Tolerances.standard().except("cg/.*", 3e-13).inFloat32(1e-4);
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    Imaml imaml = Imaml.of(golden, engine);
    double tolerance = engine.precision() == Precision.FLOAT64 ? 1e-15 : 1e-6;
    int dimension = (int) imaml.regression.theta().dimension();
    BilevelSolver solver =
        imaml.solver(
            Implicit.by(ConjugateGradient.steps(2 * dimension).tolerance(tolerance)), engine);
    ImmutableMap<String, Array> hypergradient = solver.hypergradient(Feed.none());
    for (String name : imaml.regression.theta().names()) {
      computed.put("meta_gradient/" + name, hypergradient.get(name));
    }
    computed
        .put("meta_gradient_flat", imaml.metaGradient(hypergradient))
        .put("adjoint_flat", Perturbation.adjoint(hypergradient));
    double rightSide = imaml.putSolution(computed);
    for (String iterations : golden.expectedBelow("cg")) {
      imaml.putTruncated(Integer.parseInt(iterations), rightSide, computed);
    }
  }

  /** The problem of a case on an engine. */
  private record Imaml(
      Regression regression, Perturbation perturbation, double curvature, Engine engine) {

    static Imaml of(GoldenCase golden, Engine engine) {
      Regression regression = Regression.of(golden);
      Spectrum spectrum =
          Spectrum.of(regression.loss(regression.theta(), "train"), regression.theta(), engine);
      return new Imaml(
          regression,
          Perturbation.of(regression.phi()),
          Math.max(spectrum.largest(), -spectrum.smallest()),
          engine);
    }

    private double lambda() {
      return regression.golden().number("lambda");
    }

    BilevelSolver solver(Implicit estimator, Engine on) {
      double bound = 1.5 * curvature + lambda();
      int steps = (int) Math.ceil(80 * bound / lambda());
      BilevelProblem problem =
          Bilevel.problem("imaml")
              .inner(regression.phi())
              .minimize(
                  Objective.of("training", regression.loss(regression.phi(), "train"))
                      .plus("perturbation", perturbation.term()))
              .near(regression.theta(), lambda())
              .startingAt(regression.theta())
              .solvedBy(steps, Sgd.rate(1 / bound))
              .outer(regression.theta().and(perturbation.shift()))
              .minimize(Objective.of("validation", regression.loss(regression.phi(), "val")))
              .steppedBy(Sgd.rate(1))
              .differentiatedBy(estimator);
      return BilevelSolver.of(problem, on);
    }

    /** The part of a hypergradient that belongs to theta, flat. */
    Array metaGradient(ImmutableMap<String, Array> hypergradient) {
      return Spectrum.flat(Maps.toMap(regression.theta().names(), hypergradient::get));
    }

    /** Compares the inner solution and what depends on it alone; returns the norm of dF/dphi. */
    double putSolution(Computed computed) {
      engine
          .read(regression.phi())
          .forEach((name, value) -> computed.put("phi_star/" + name, value));
      Expr outer = regression.loss(regression.phi(), "val");
      Expr distance = regression.phi().vector().minus(regression.theta().vector()).squaredNorm();
      Expr inner = regression.loss(regression.phi(), "train").plus(distance.times(lambda() / 2));
      Spectrum spectrum = Spectrum.of(inner, regression.phi(), engine);
      Array rightSide =
          Spectrum.flat(Evaluation.on(engine, outer.gradient(regression.phi()).components()));
      ImmutableMap<String, Array> values =
          Evaluation.on(
              engine,
              Map.of(
                  "norm", inner.gradient(regression.phi()).norm(), "inner", inner, "outer", outer));
      computed
          .put("outer_value", values.get("outer"))
          .put("inner_value", values.get("inner"))
          .put("outer_grad_phi_flat", rightSide)
          .put("hessian_eig_min", spectrum.smallest())
          .put("hessian_eig_max", spectrum.largest());
      if (engine.precision() == Precision.FLOAT64) {
        computed.put(
            "inner_grad_norm", values.get("norm"), Measure.onScale(1).within("inner_grad_norm"));
      }
      return norm(rightSide);
    }

    /** Compares the result of so many iterations. */
    void putTruncated(int iterations, double rightSide, Computed computed) {
      String path = "cg/" + iterations + "/";
      try (Engine own = Evaluation.open(engine.precision())) {
        BilevelSolver solver =
            solver(Implicit.by(ConjugateGradient.steps(iterations).tolerance(0)), own);
        Array truncated = metaGradient(solver.hypergradient(Feed.none()));
        computed.put(path + "meta_gradient_flat", truncated);
        Array expected = regression.golden().expected().get(path + "residual_norm");
        if (expected != null && engine.precision() == Precision.FLOAT64) {
          double residual = solver.step(Feed.none()).get("residual") * rightSide;
          computed.put(
              path + "residual_norm",
              Array.scalar(residual),
              Measure.onScale(Math.max(expected.scalarValue(), SMALL_RESIDUAL * rightSide)));
        }
      }
    }

    private static double norm(Array array) {
      return Math.sqrt(DoubleStream.of(array.toDoubles()).map(x -> x * x).sum());
    }
  }
}
