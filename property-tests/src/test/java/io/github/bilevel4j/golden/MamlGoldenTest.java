package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.solver.estimator.Unrolled;

/** MAML: some steps of gradient descent unrolled, with the derivative by their rate. */
class MamlGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "bilevel/maml_unrolled_mlp";
  }

  @Override
  public Tolerances tolerances() {
    return Tolerances.standard().inFloat32(1e-5);
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    for (int steps : golden.integers("steps")) {
      Regression regression = Regression.of(golden);
      putUnrolled(regression, steps, engine, computed);
      putInnerLosses(regression, steps, engine, computed);
    }
  }

  private static void putUnrolled(
      Regression regression, int steps, Engine engine, Computed computed) {
    String path = steps + "/";
    // The rate is an outer variable like any other.
    Expr rate = Expr.variable("rate", Array.scalar(regression.golden().number("lr")));
    ImmutableMap<String, Array> exact =
        BilevelSolver.of(problem(regression, steps, rate, Unrolled.exact()), engine)
            .hypergradient(Feed.none());
    engine
        .read(regression.phi())
        .forEach((name, value) -> computed.put(path + "phi_T/" + name, value));
    Expr outer = regression.loss(regression.phi(), "val");
    computed.put(path + "outer_value", outer).evaluate();
    regression
        .theta()
        .names()
        .forEach(name -> computed.put(path + "meta_gradient/" + name, exact.get(name)));
    ImmutableMap<String, Array> firstOrder =
        BilevelSolver.of(problem(regression, steps, rate, Unrolled.firstOrder()), engine)
            .hypergradient(Feed.none());
    computed
        .put(path + "meta_gradient_flat", flat(regression, exact))
        .put(path + "first_order_meta_gradient_flat", flat(regression, firstOrder))
        .put(path + "d_outer_d_lr", exact.get("rate"));
  }

  private static Array flat(Regression regression, ImmutableMap<String, Array> hypergradient) {
    ImmutableMap.Builder<String, Array> parameters = ImmutableMap.builder();
    regression.theta().names().forEach(name -> parameters.put(name, hypergradient.get(name)));
    return Spectrum.flat(parameters.buildOrThrow());
  }

  private static BilevelProblem problem(
      Regression regression, int steps, Expr rate, HypergradientEstimator estimator) {
    return Bilevel.problem("maml")
        .inner(regression.phi())
        .minimize(Objective.of("training", regression.loss(regression.phi(), "train")))
        .startingAt(regression.theta())
        .solvedBy(steps, Sgd.rate(step -> rate))
        .outer(regression.theta().and(Variables.of(rate)))
        .minimize(Objective.of("validation", regression.loss(regression.phi(), "val")))
        .steppedBy(Sgd.rate(1))
        .differentiatedBy(estimator);
  }

  /** A solver reports the loss before each of its steps. */
  private static void putInnerLosses(
      Regression regression, int steps, Engine engine, Computed computed) {
    SingleLevelSolver solver =
        SingleLevelSolver.of(
            SingleLevel.problem("training")
                .over(regression.theta())
                .minimize(Objective.of("training", regression.loss(regression.theta(), "train")))
                .steppedBy(Sgd.rate(regression.golden().number("lr"))),
            engine);
    double[] losses = new double[steps];
    solver.step(Feed.none());
    for (int t = 0; t < steps; t++) {
      losses[t] = solver.step(Feed.none()).get("training");
    }
    computed.put(steps + "/inner_loss_after_each_step", Array.vector(losses));
  }
}
