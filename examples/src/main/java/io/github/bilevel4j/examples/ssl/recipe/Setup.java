package io.github.bilevel4j.examples.ssl.recipe;

import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.Settings;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.Recipe;
import io.github.bilevel4j.ssl.SslMethod;
import io.github.bilevel4j.ssl.TargetNetwork;
import org.immutables.value.Value;

/** The settings that methods have in common, of one preset. */
@Value.Immutable
@Settings
abstract class Setup {
  private static final MlpHead NONE = MlpHead.layers(1, 1);

  /** Projector, views and optimizer. */
  static Setup of(MlpHead projector, Views views, Optimizer optimizer) {
    return ImmutableSetup.of(projector, views, optimizer);
  }

  @Value.Parameter
  abstract MlpHead projector();

  @Value.Parameter
  abstract Views views();

  @Value.Parameter
  abstract Optimizer optimizer();

  @Value.Default
  MlpHead predictor() {
    return NONE;
  }

  @Value.Default
  Schedule tau() {
    return Schedule.constant(1);
  }

  @Value.Default
  int queue() {
    return 0;
  }

  @Value.Default
  double temperature() {
    return 1;
  }

  /** With a predictor. */
  abstract Setup predictor(MlpHead predictor);

  /** With a moving average: the share of the old value at each step. */
  abstract Setup tau(Schedule tau);

  /** With queues of so many rows. */
  abstract Setup queue(int rows);

  /** With a temperature. */
  abstract Setup temperature(double temperature);

  /** A target network that is moved after the step, of the encoder and a projector. */
  TargetNetwork targetAfterStep(MethodContext c, Layer projector) {
    return TargetNetwork.afterStep(tau(), c.step(), c.encoder(), projector);
  }

  /** The recipe of a method. */
  Recipe of(SslMethod method) {
    return new Recipe(method, views(), optimizer());
  }
}
