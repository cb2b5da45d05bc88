package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.SingleLevelSolver;

/**
 * Steps of an optimizer along the gradients of a case: as a solver makes them, with the memory in
 * variables, and written out as one expression.
 */
record OptimizerSteps(GoldenCase golden, Optimizer optimizer) {

  void compute(Engine engine, Computed computed) {
    solve(engine, computed);
    unroll(computed);
  }

  /** The linear objective {@code sum <p, g>} has the gradient g. */
  private void solve(Engine engine, Computed computed) {
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
                .steppedBy(optimizer),
            engine);
    for (int t = 0; t < steps(); t++) {
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

  private void unroll(Computed computed) {
    ImmutableList<String> names = golden.numbered("params/");
    Optimizer.State state = optimizer.start(Vector.of(Maps.toMap(names, golden::variable)));
    for (int t = 0; t < steps(); t++) {
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

  /** The rate of a case: one number, or one for each step. */
  static Schedule rate(GoldenCase golden) {
    if (!golden.hasInput("lr_per_step")) {
      return Schedule.constant(golden.number("lr"));
    }
    Expr rates = golden.constant("lr_per_step");
    return step -> step.oneHot(rates.shape().dim(0)).dot(rates);
  }

  private int steps() {
    return golden.expectedBelow("params_per_step").size();
  }

  private static String gradient(int step, int parameter) {
    return "grads_per_step/" + step + "/" + parameter;
  }

  private static String expected(int step, int parameter) {
    return "params_per_step/" + step + "/" + parameter;
  }
}
