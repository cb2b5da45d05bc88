package io.github.bilevel4j.examples.ssl.recipe;

import io.github.bilevel4j.augment.Augmentation;
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

/**
 * One preset of a method: sizes of heads, views, optimizer, and what else its kind of method has.
 */
@Value.Immutable
@Settings
abstract class Setup {
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
    return MlpHead.layers(1, 1);
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

  @Value.Default
  Augmentation color() {
    return Augmentation.none();
  }

  @Value.Default
  int warmUp() {
    return 1;
  }

  /** With another projector. */
  abstract Setup projector(MlpHead projector);

  /** With other views. */
  abstract Setup views(Views views);

  /** With another optimizer. */
  abstract Setup optimizer(Optimizer optimizer);

  /** With a predictor. */
  abstract Setup predictor(MlpHead predictor);

  /** With a moving average: the share of the old value at each step. */
  abstract Setup tau(Schedule tau);

  /** With queues of so many rows. */
  abstract Setup queue(int rows);

  /** With a temperature. */
  abstract Setup temperature(double temperature);

  /** With what views do besides cropping and mirroring, where a method crops by itself. */
  abstract Setup color(Augmentation color);

  /** With so many steps in which a weight falls to its last value. */
  abstract Setup warmUp(int steps);

  /** A target network that is moved after the step, of the encoder and a projector. */
  TargetNetwork targetAfterStep(MethodContext c, Layer projector) {
    return TargetNetwork.afterStep(tau(), c.step(), c.encoder(), projector);
  }

  /** The recipe of a method. */
  Recipe of(SslMethod method) {
    return new Recipe(method, views(), optimizer());
  }
}
