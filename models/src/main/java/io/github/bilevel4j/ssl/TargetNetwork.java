package io.github.bilevel4j.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.state.MovingAverage;
import io.github.bilevel4j.optimizer.Schedule;
import java.util.Arrays;

/**
 * The network that gives targets: a {@link MovingAverage} of the trained one, with a tau that
 * depends on the step. It computes with the average as this step moves it, and normalizes with each
 * batch's own statistics where the trained network does.
 */
public record TargetNetwork(MovingAverage average, Expr tau) {

  /** The average is taken before the forward pass, as by MoCo and ReSSL: with the step's tau. */
  public static TargetNetwork beforePass(Schedule tau, Expr step, Layer... layers) {
    return new TargetNetwork(MovingAverage.of(parameters(layers)), tau.at(step));
  }

  /** The average is taken after the optimizer's step, as by BYOL: with the last step's tau. */
  public static TargetNetwork afterStep(Schedule tau, Expr step, Layer... layers) {
    return new TargetNetwork(
        MovingAverage.of(parameters(layers)), tau.at(step.minus(1).maximum(0)));
  }

  private static Variables parameters(Layer... layers) {
    return Arrays.stream(layers).map(Layer::parameters).reduce(Variables.none(), Variables::and);
  }

  /** The network at the averaged values. */
  public Network of(Network online) {
    return online.target(average.updated(tau));
  }

  /** The averages. */
  public Variables variables() {
    return average.variables();
  }

  /** The assignments that move the average on. */
  public ImmutableList<Update> updates() {
    return average.updates(tau);
  }
}
