package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.information.CodingRate;
import io.github.bilevel4j.losses.information.Density;
import io.github.bilevel4j.losses.information.InstanceMembership;
import io.github.bilevel4j.losses.information.JensenShannon;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.FiniteDifference;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** UMM as a bi-level problem: both objectives, and its hypergradient by all four estimators. */
class UmmGoldenTest implements GoldenKind {
  /** An upper bound on the curvature of the inner objective without its proximal term. */
  private static final double CURVATURE = 10;

  @Override
  public String file() {
    return "umm_bilevel";
  }

  @Override
  public Tolerances tolerances() {
    return Tolerances.standard().except("extras/.*", 3e-13).inFloat32(2e-4);
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    golden.requires("f_el", "linear(w0,w1) -> tanh -> linear(w2,w3)");
    Umm umm = Umm.of(golden);
    umm.putInner(computed);
    putExact(umm, engine.precision(), computed);
    putHypergradient("first_order_grad", umm, Unrolled.firstOrder(), engine, computed);
    putHypergradient("darts_fd_grad", umm, FiniteDifference.radius(0.01), engine, computed);
    putProximal(umm, engine.precision(), computed);
  }

  private static void putExact(Umm umm, Precision precision, Computed computed) {
    try (Engine engine = Evaluation.open(precision)) {
      BilevelSolver solver = BilevelSolver.of(umm.oneStep(Unrolled.exact()), engine);
      put("grad", solver.hypergradient(Feed.none()), computed);
      ImmutableMap<String, Double> report = solver.step(Feed.none());
      double ssl = report.get("outer/ssl");
      double reduction = report.get("outer/coding rate reduction");
      computed
          .put("loss", ssl - umm.alpha * reduction)
          .put("extras/outer_ssl_at_updated", ssl)
          .put("extras/delta_R_at_updated", reduction)
          .put("extras/inner_ssl", report.get("inner/ssl"));
      engine.read(umm.phi).forEach((name, value) -> computed.put("extras/updated_" + name, value));
    }
  }

  private static void putHypergradient(
      String path, Umm umm, HypergradientEstimator estimator, Engine like, Computed computed) {
    try (Engine engine = Evaluation.open(like.precision())) {
      BilevelSolver solver = BilevelSolver.of(umm.oneStep(estimator), engine);
      put(path, solver.hypergradient(Feed.none()), computed);
    }
  }

  private static void putProximal(Umm umm, Precision precision, Computed computed) {
    Array prox = umm.golden.expected().get("implicit_proximal/prox");
    if (prox == null) {
      return;
    }
    double tolerance = precision == Precision.FLOAT64 ? 1e-14 : 1e-6;
    try (Engine engine = Evaluation.open(precision)) {
      BilevelSolver solver = BilevelSolver.of(umm.proximal(prox.scalarValue(), tolerance), engine);
      put("implicit_proximal/hypergradient", solver.hypergradient(Feed.none()), computed);
      put("implicit_proximal/phi_star", engine.read(umm.phi), computed);
      Expr outer = umm.outer(umm.phi.vector()).total();
      computed
          .put("implicit_proximal/prox", prox)
          .put(
              "implicit_proximal/outer_loss",
              Evaluation.on(engine, Map.of("outer", outer)).get("outer"));
    }
  }

  private static void put(String path, ImmutableMap<String, Array> values, Computed computed) {
    values.forEach((name, value) -> computed.put(path + "/" + name, value));
  }

  /** The problem of a case. */
  private static final class Umm {
    private final GoldenCase golden;
    private final Variables theta;
    private final Variables phi;
    private final double alpha;
    private final Expr x1;
    private final Expr x2;

    private Umm(GoldenCase golden, Variables theta) {
      this.golden = golden;
      this.theta = theta;
      this.phi = theta.copy("phi");
      this.alpha = golden.number("alpha_crr");
      this.x1 = golden.variable("ze1");
      this.x2 = golden.variable("ze2");
    }

    static Umm of(GoldenCase golden) {
      List<Expr> weights = golden.numbered("w").stream().map(golden::variable).toList();
      return new Umm(golden, Variables.of(weights));
    }

    private UnaryOperator<Expr> layers(Vector weights) {
      return Network.of(weights.components().values().asList(), "tanh")::perceptron;
    }

    private Expr ssl(Vector weights, Expr first, Expr second) {
      UnaryOperator<Expr> f = layers(weights);
      return NtXent.temperature(golden.number("temperature")).of(f.apply(first), f.apply(second));
    }

    private Expr logDensity(Vector weights) {
      return switch (golden.text("density")) {
        case "gradnorm" -> Density.gradientNorm(ssl(weights, x1, x2), x1, x2);
        case "jacobian" -> Density.jacobian(layers(weights), Expr.concat(0, x1, x2), 1e-6);
        default -> throw new IllegalArgumentException("unknown density " + golden.text("density"));
      };
    }

    private Objective inner(Vector weights) {
      return Objective.of("ssl", ssl(weights, x1, x2))
          .plus(
              "memorization",
              golden.number("beta_js"),
              JensenShannon.toUniformOfLogs(logDensity(weights)));
    }

    private Objective outer(Vector weights) {
      Expr first = golden.constant("ze1_outer");
      Expr second = golden.constant("ze2_outer");
      UnaryOperator<Expr> f = layers(weights);
      Expr reduction =
          CodingRate.epsilonSquared(golden.number("eps_squared"))
              .onUnitRows()
              .reductionOfInstances(f.apply(first), f.apply(second), membership());
      return Objective.of("ssl", ssl(weights, first, second))
          .minus("coding rate reduction", alpha, reduction);
    }

    private InstanceMembership membership() {
      String membership = golden.text("membership");
      if (membership.startsWith("sample")) {
        return InstanceMembership.overAnchors().temperature(1);
      }
      if (membership.startsWith("anchor")) {
        return InstanceMembership.overSamples().temperature(1);
      }
      throw new IllegalArgumentException("unknown membership " + membership);
    }

    void putInner(Computed computed) {
      Expr total = inner(theta.vector()).total();
      computed
          .put("extras/inner_loss", total)
          .put("extras/density", logDensity(theta.vector()).exp())
          .putGradients("inner_grad", total, theta.leaves())
          .evaluate();
    }

    BilevelProblem oneStep(HypergradientEstimator estimator) {
      return Bilevel.problem("umm")
          .inner(phi)
          .minimize(inner(phi.vector()))
          .startingAt(theta)
          .solvedBy(1, Sgd.rate(golden.number("inner_lr")))
          .outer(theta)
          .minimize(outer(phi.vector()))
          .steppedBy(Sgd.rate(1))
          .differentiatedBy(estimator);
    }

    /** At a contraction of at least {@code 1 - weight / 2 / (weight + CURVATURE)} a step. */
    BilevelProblem proximal(double weight, double tolerance) {
      int steps = (int) Math.ceil(80 * (1 + CURVATURE / weight));
      return Bilevel.problem("proximal umm")
          .inner(phi)
          .minimize(inner(phi.vector()))
          .near(theta, weight)
          .startingAt(theta)
          .solvedBy(steps, Sgd.rate(1 / (weight + CURVATURE)))
          .outer(theta)
          .minimize(outer(phi.vector()))
          .steppedBy(Sgd.rate(1))
          .differentiatedBy(
              Implicit.by(ConjugateGradient.steps(2 * (int) phi.dimension()).tolerance(tolerance)));
    }
  }
}
