package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.SingleLevelSolver;

/**
 * Steps of optimizers along given gradients: as a solver makes them, with the memory in variables,
 * and written out as one expression.
 */
class OptimizerGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "sgd_adam";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    solve(golden, engine, computed);
    unroll(golden, computed);
  }

  /** The linear objective {@code sum <p, g>} has the gradient g. */
  private static void solve(GoldenCase golden, Engine engine, Computed computed) {
    Variables parameters =
        Variables.of(golden.numbered("params/").stream().map(golden::variable).toList());
    ImmutableMap<String, Expr> gradient =
        ImmutableMap.copyOf(
            Maps.transformValues(
                parameters.leaves(), p -> Expr.input("gradient", p.shape().toArray())));
    SingleLevelSolver solver =
        SingleLevelSolver.of(
            SingleLevel.problem("linear")
                .over(parameters)
                .minimize(Objective.of("linear", parameters.vector().dot(Vector.of(gradient))))
                .steppedBy(optimizer(golden)),
            engine);
    for (int t = 0; t < steps(golden); t++) {
      Feed feed = Feed.none();
      for (int i = 0; i < parameters.names().size(); i++) {
        feed = feed.and(gradient.get("params/" + i), golden.input(gradient(t, i)));
      }
      solver.step(feed);
      ImmutableList<Array> values = engine.read(parameters).values().asList();
      for (int i = 0; i < values.size(); i++) {
        computed.put(expected(t, i), values.get(i));
      }
    }
  }

  private static void unroll(GoldenCase golden, Computed computed) {
    ImmutableList<String> names = golden.numbered("params/");
    Optimizer optimizer = optimizer(golden);
    Optimizer.State state = optimizer.start(Vector.of(Maps.toMap(names, golden::variable)));
    for (int t = 0; t < steps(golden); t++) {
      ImmutableMap.Builder<String, Expr> gradient = ImmutableMap.builder();
      for (int i = 0; i < names.size(); i++) {
        gradient.put(names.get(i), golden.constant(gradient(t, i)));
      }
      state = optimizer.next(state, Vector.of(gradient.buildOrThrow()));
      for (int i = 0; i < names.size(); i++) {
        computed.put(expected(t, i), state.parameters().get(names.get(i)));
      }
    }
  }

  private static int steps(GoldenCase golden) {
    return golden.expectedBelow("params_per_step").size();
  }

  private static String gradient(int step, int parameter) {
    return "grads_per_step/" + step + "/" + parameter;
  }

  private static String expected(int step, int parameter) {
    return "params_per_step/" + step + "/" + parameter;
  }

  private static Optimizer optimizer(GoldenCase golden) {
    double rate = golden.number("lr");
    double weightDecay = golden.numberOrZero("weight_decay");
    return switch (golden.text("opt")) {
      case "sgd" ->
          Sgd.rate(rate)
              .momentum(golden.numberOrZero("momentum"))
              .weightDecay(weightDecay)
              .nesterov(golden.flag("nesterov"));
      case "adam" -> adam(golden).weightDecay(weightDecay);
      case "adamw" -> adam(golden).decoupledWeightDecay(weightDecay);
      default -> throw new IllegalArgumentException("unknown optimizer " + golden.text("opt"));
    };
  }

  private static Adam adam(GoldenCase golden) {
    double[] betas = golden.numbers("betas");
    return Adam.rate(golden.number("lr"))
        .beta1(betas[0])
        .beta2(betas[1])
        .epsilon(golden.number("eps"));
  }
}
