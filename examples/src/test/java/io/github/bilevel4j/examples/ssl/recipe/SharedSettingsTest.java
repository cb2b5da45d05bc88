package io.github.bilevel4j.examples.ssl.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.encoder.SmallConvNet;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.Preset;
import org.junit.jupiter.api.Test;

/** What all methods of the published settings have in common, of 20 epochs of 3 batches. */
class SharedSettingsTest {
  private final Scope scope = Scope.seed(1);
  private final Encoder encoder = SmallConvNet.init(scope);
  private final MethodContext site =
      new MethodContext(
          Preset.SOLO,
          encoder,
          128,
          scope,
          16,
          12,
          4,
          3,
          20,
          Expr.variable("step", Array.scalar(0)));

  /** The first half is the warm-up. */
  @Test
  void ratesRiseAndFallToTheLast() {
    Schedule rate = SoloLearn.warmed(site, 0.003, 0.5, 0.25);
    assertThat(at(rate, 0)).isCloseTo(0.003, within(1e-12));
    assertThat(at(rate, 29)).isCloseTo(0.5, within(1e-12));
    assertThat(at(rate, 45)).isCloseTo(0.375, within(1e-12));
    assertThat(at(rate, 60)).isCloseTo(0.25, within(1e-12));
  }

  /** 500 steps of rise, then a fifth 50 epochs before the end and again 25 before it. */
  @Test
  void htdtRatesDropTwice() {
    Schedule rate = Htdt.rate(ofEpochs(60));
    assertThat(at(rate, 0)).isCloseTo(3e-3 / 500, within(1e-12));
    assertThat(at(rate, 499)).isCloseTo(3e-3, within(1e-12));
    assertThat(at(rate, 999)).isCloseTo(3e-3, within(1e-12));
    assertThat(at(rate, 1000)).isCloseTo(6e-4, within(1e-12));
    assertThat(at(rate, 3499)).isCloseTo(6e-4, within(1e-12));
    assertThat(at(rate, 3500)).isCloseTo(1.2e-4, within(1e-12));
  }

  @Test
  void htdtRatesDropOnceInAShortRun() {
    Schedule rate = Htdt.rate(ofEpochs(50));
    assertThat(at(rate, 2499)).isCloseTo(3e-3, within(1e-12));
    assertThat(at(rate, 4999)).isCloseTo(6e-4, within(1e-12));
    assertThat(at(Htdt.rate(ofEpochs(25)), 2499)).isCloseTo(3e-3, within(1e-12));
  }

  private MethodContext ofEpochs(int epochs) {
    return new MethodContext(
        Preset.HTDT,
        encoder,
        128,
        scope,
        16,
        400,
        4,
        100,
        epochs,
        Expr.variable("at", Array.scalar(0)));
  }

  private static double at(Schedule schedule, int step) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Expr value = schedule.at(Expr.constant(step));
      return engine.compile(Step.named("rate").output("rate", value)).run().scalar("rate");
    }
  }
}
