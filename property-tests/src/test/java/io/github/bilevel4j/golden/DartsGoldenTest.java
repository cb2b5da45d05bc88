package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.FiniteDifference;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.ScaledIdentity;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * DARTS' finite difference at the inner solution: few-shot regression with a proximal term, sample
 * re-weighting, and one parameter vector on both levels.
 */
class DartsGoldenTest implements GoldenKind {
  private static final Implicit IDENTITY = Implicit.by(ScaledIdentity.scale(1));
  private static final Implicit EXACT = Implicit.by(ConjugateGradient.steps(80).tolerance(1e-15));

  @Override
  public String file() {
    return "bilevel/darts_fd_mlp";
  }

  @Override
  public Tolerances tolerances() {
    return Tolerances.standard().except(".*", 3e-13);
  }

  @Override
  public ImmutableMap<String, String> notCompared() {
    return ImmutableMap.<String, String>builder()
        .putAll(NOTES)
        .put("reweighting/exact_rel_err_vs_fd", "how exact the file itself is")
        .put(
            "reweighting/by_alpha/.*/weight_drift_after_restore",
            "rounding of a program that moves weights and restores them")
        .buildOrThrow();
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    putImaml(golden, engine, computed);
    putReweighting(golden, engine, computed);
    putSelfCoupled(golden, engine, computed);
  }

  private static void putImaml(GoldenCase golden, Engine engine, Computed computed) {
    Regression regression = Regression.of(golden);
    Expr training = regression.loss(regression.phi(), "train");
    TrainingTask task = TrainingTask.proximal(regression, training, regression.theta(), engine);
    task.solve(golden.number("lambda"), training);
    double radius = golden.expected().get("imaml/darts_alpha").scalarValue();
    Array difference = task.difference(radius);
    Array exact = task.hypergradient(EXACT);
    computed
        .put("imaml/darts_alpha", radius)
        .put("imaml/vector_norm", task.slopeNorm())
        .put("imaml/eps", radius / task.slopeNorm())
        .put("imaml/betty_darts_flat", difference)
        .put("imaml/limit_flat", task.hypergradient(IDENTITY))
        .put("imaml/exact_implicit_flat", exact)
        .put("imaml/cosine_with_exact", cosine(difference, exact));
  }

  private static void putReweighting(GoldenCase golden, Engine engine, Computed computed) {
    Regression regression = Regression.of(golden);
    Array logits = golden.expected().get("reweighting/weights_logits");
    Expr x = Expr.variable("x", logits);
    Expr training = regression.losses(regression.phi(), "train").times(x.sigmoid()).mean();
    TrainingTask task = TrainingTask.proximal(regression, training, Variables.of(x), engine);
    task.solve(golden.number("lambda"), training);
    engine
        .read(regression.phi())
        .forEach((name, value) -> computed.put("reweighting/phi_star/" + name, value));
    Array limit = task.hypergradient(IDENTITY);
    Array exact = task.hypergradient(EXACT);
    computed
        .put("reweighting/weights_logits", logits)
        .put("reweighting/vector_norm", task.slopeNorm())
        .put("reweighting/limit", limit)
        .put("reweighting/exact_implicit", exact)
        .put("reweighting/cosine_limit_exact", cosine(limit, exact));
    for (String radius : golden.expectedBelow("reweighting/by_alpha")) {
      String path = "reweighting/by_alpha/" + radius + "/";
      computed
          .put(path + "eps", Double.parseDouble(radius) / task.slopeNorm())
          .put(path + "betty_darts", task.difference(Double.parseDouble(radius)));
    }
  }

  /**
   * Both objectives read {@code phi + theta - theta}, with the last theta taken as a constant: the
   * value is phi's, the derivative by either is that by the one vector.
   */
  private static void putSelfCoupled(GoldenCase golden, Engine engine, Computed computed) {
    Regression regression = Regression.of(golden);
    Variables theta = regression.theta();
    Variables phi = regression.phi();
    UnaryOperator<Expr> both =
        loss ->
            loss.substitute(
                phi, phi.vector().plus(theta.vector()).minus(theta.vector().detached()));
    Expr inner = regression.loss(phi, "train").plus(phi.vector().squaredNorm().times(0.025));
    Expr bounded =
        phi.leaves().values().stream().map(p -> p.tanh().sum()).reduce(Expr::plus).orElseThrow();
    Expr outer = regression.loss(phi, "val").plus(bounded.times(0.1));
    TrainingTask task =
        new TrainingTask(
            Bilevel.problem("self-coupled")
                .inner(phi)
                .minimize(Objective.of("inner", both.apply(inner))),
            phi,
            theta,
            both.apply(outer),
            engine);
    double radius = golden.expected().get("self_coupled/darts_alpha").scalarValue();
    Array direct = Spectrum.flat(Evaluation.on(engine, outer.gradient(phi.vector()).components()));
    Array total = task.difference(radius);
    computed
        .put("self_coupled/darts_alpha", radius)
        .put("self_coupled/eps", radius / task.slopeNorm())
        .put("self_coupled/direct_flat", direct)
        .put(
            "self_coupled/betty_implicit_flat",
            Array.fill(total.shape(), i -> total.at(i) - direct.at(i)))
        .put("self_coupled/betty_total_flat", total)
        .put("self_coupled/limit_total_flat", task.hypergradient(IDENTITY))
        .put("self_coupled/cosine_total_direct", cosine(total, direct));
  }

  private static double cosine(Array left, Array right) {
    return Rows.dot(left, right) / Math.sqrt(Rows.dot(left, left) * Rows.dot(right, right));
  }

  /** A problem whose inner variables are at the point of differentiation. */
  private record TrainingTask(
      Bilevel.NeedsInnerSolver inner,
      Variables phi,
      Variables theta,
      Expr validation,
      Engine engine) {

    /** With the inner objective {@code training + lambda / 2 ||phi - theta0||^2}. */
    static TrainingTask proximal(
        Regression regression, Expr training, Variables outer, Engine engine) {
      return new TrainingTask(
          Bilevel.problem("proximal")
              .inner(regression.phi())
              .minimize(Objective.of("training", training))
              .near(regression.theta(), regression.golden().number("lambda")),
          regression.phi(),
          outer,
          regression.loss(regression.phi(), "val"),
          engine);
    }

    /** Solves the inner problem to rounding. */
    void solve(double lambda, Expr training) {
      Spectrum spectrum = Spectrum.of(training, phi, engine);
      double bound = 1.5 * Math.max(spectrum.largest(), -spectrum.smallest()) + lambda;
      int steps = (int) Math.ceil(80 * bound / lambda);
      hypergradient(
          inner.solvedBy(steps, Sgd.rate(1 / bound)),
          FiniteDifference.radius(1).atSolution(),
          engine);
    }

    double slopeNorm() {
      return Evaluation.on(engine, Map.of("norm", validation.gradient(phi.vector()).norm()))
          .get("norm")
          .scalarValue();
    }

    Array difference(double radius) {
      return hypergradient(FiniteDifference.radius(radius).atSolution());
    }

    /** On an engine of its own: compiling takes longer the more an engine holds. */
    Array hypergradient(HypergradientEstimator estimator) {
      try (Engine own = Evaluation.open(engine.precision())) {
        own.write(phi, engine.read(phi));
        return hypergradient(inner.presolved(), estimator, own);
      }
    }

    @CanIgnoreReturnValue
    private Array hypergradient(
        Bilevel.NeedsOuterVariables solved, HypergradientEstimator estimator, Engine on) {
      BilevelSolver solver =
          BilevelSolver.of(
              solved
                  .outer(theta)
                  .minimize(Objective.of("validation", validation))
                  .steppedBy(Sgd.rate(1))
                  .differentiatedBy(estimator),
              on);
      return Spectrum.flat(solver.hypergradient(Feed.none()));
    }
  }
}
