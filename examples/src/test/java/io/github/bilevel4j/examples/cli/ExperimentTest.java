package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.data.DataSource;
import io.github.bilevel4j.encoder.EncoderSpec;
import io.github.bilevel4j.examples.ssl.BclI;
import io.github.bilevel4j.examples.ssl.Sdclr;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.examples.umm.UmmTraining;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.run.Training.Outcome;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.ssl.MethodRecipe;
import io.github.bilevel4j.weights.ElementType;
import io.github.bilevel4j.weights.SafeTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What a run takes over from the weights of another one. */
class ExperimentTest {
  @TempDir static Path shared;

  @TempDir Path folder;

  @BeforeAll
  static void drawPictures() throws IOException {
    CommandLineTest.drawPictures(shared);
  }

  /** Two batches of eight pictures. */
  private static Experiment byol(int seed, Engine engine) {
    PretrainCommand command = new PretrainCommand();
    new CommandLine(command)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .registerConverter(MethodRecipe.class, text -> BuiltInMethod.BYOL)
        .registerConverter(EncoderSpec.class, text -> EncoderKind.SMALL)
        .parseArgs(
            "byol",
            "--data",
            shared.toString(),
            "--batch",
            "8",
            "--device",
            "cpu",
            "--seed",
            Integer.toString(seed));
    return Experiment.of(command.options.setup.settings(command.method), engine);
  }

  private static Engine cpu() {
    return TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32);
  }

  private static ImmutableMap<String, Array> weights(Experiment experiment) {
    return experiment.engine().read(experiment.weights());
  }

  private static boolean isMemory(String name) {
    return name.startsWith("average/") || name.equals("step");
  }

  @Test
  void averagesAndStepsAreKeptOrBeginAnew() {
    Path whole = folder.resolve("whole.safetensors");
    Path trained = folder.resolve("trained.safetensors");
    ImmutableMap<String, Array> kept;
    try (Engine engine = cpu()) {
      Experiment experiment = byol(1, engine);
      experiment.run(experiment.pretraining(), 1, Training.named("pretrain"));
      kept = weights(experiment);
    }
    assertThat(kept.get("step").scalarValue()).isEqualTo(2);
    assertThat(kept.get("average/stem/conv/weight")).isNotEqualTo(kept.get("stem/conv/weight"));
    SafeTensors.write(whole, kept, ElementType.F32);
    SafeTensors.write(trained, Maps.filterKeys(kept, name -> !isMemory(name)), ElementType.F32);
    try (Engine engine = cpu()) {
      Experiment experiment = byol(2, engine);
      experiment.resume(whole);
      assertThat(weights(experiment)).isEqualTo(kept);
    }
    try (Engine engine = cpu()) {
      Experiment experiment = byol(2, engine);
      experiment.resume(trained);
      ImmutableMap<String, Array> resumed = weights(experiment);
      assertThat(Maps.filterKeys(resumed, name -> !isMemory(name)))
          .isEqualTo(Maps.filterKeys(kept, name -> !isMemory(name)));
      assertThat(resumed.get("average/stem/conv/weight")).isEqualTo(kept.get("stem/conv/weight"));
      assertThat(resumed.get("step").scalarValue()).isZero();
    }
    try (Engine engine = cpu()) {
      Experiment experiment = byol(2, engine);
      experiment.load(whole);
      assertThat(weights(experiment).get("stem/conv/weight"))
          .isEqualTo(kept.get("stem/conv/weight"));
      assertThat(weights(experiment).get("projector/0/weight"))
          .isNotEqualTo(kept.get("projector/0/weight"));
    }
  }

  /** Masks of the first epoch, weights of the second: both are made before an epoch. */
  @Test
  void whatIsMadeBeforeAnEpoch() {
    try (Engine engine = cpu()) {
      Experiment experiment = opened(BuiltInMethod.SDCLR, engine);
      experiment.run(experiment.pretraining(), 1, Training.named("one epoch"));
      double kept = 0;
      double all = 0;
      for (Array mask : engine.read(((Sdclr) experiment.recipe().method()).masks()).values()) {
        kept += Arrays.stream(mask.toDoubles()).sum();
        all += mask.size();
      }
      assertThat(kept / all).isCloseTo(0.1, within(1e-4));
    }
    try (Engine engine = cpu()) {
      Experiment experiment = opened(BuiltInMethod.BCL_I, engine);
      Expr weights = ((BclI) experiment.recipe().method()).hardness().weights();
      experiment.run(experiment.pretraining(), 1, Training.named("one epoch"));
      assertThat(engine.read(weights).toDoubles()).containsOnly(0);
      UmmTraining.bilevel(experiment, draws -> UmmSettings.after("layer1"))
          .run(1, Training.named("umm"));
      assertThat(Arrays.stream(engine.read(weights).toDoubles()).max().orElseThrow())
          .isGreaterThan(0.5);
    }
  }

  private static Experiment opened(MethodRecipe method, Engine engine) {
    return Experiment.of(
        ExperimentSettings.of(DataSource.read(shared.toString()), EncoderKind.SMALL, method)
            .batch(8),
        engine);
  }

  private static double steps(Experiment experiment) {
    return weights(experiment).get("step").scalarValue();
  }

  private static Outcome trained(Experiment experiment, UmmMode mode) {
    return mode.training(
            new UmmMode.Site(experiment, Optional.empty(), draws -> UmmSettings.after("layer1")))
        .run(1, Training.named("training"));
  }

  /** An epoch has two steps here, and pre-training one epoch. */
  @Test
  void theMethodCountsItsSteps() {
    Path file = folder.resolve("joint.safetensors");
    try (Engine engine = cpu()) {
      Experiment experiment = byol(1, engine);
      assertThat(trained(experiment, UmmMode.JOINT).steps()).isEqualTo(2);
      assertThat(steps(experiment)).as("pairs of steps").isEqualTo(2);
      assertThat(trained(experiment, UmmMode.BILEVEL).steps()).isEqualTo(2);
      assertThat(steps(experiment)).as("UMM after training").isEqualTo(4);
      experiment.save(file);
    }
    try (Engine engine = cpu()) {
      Experiment experiment = byol(2, engine);
      experiment.resume(file);
      trained(experiment, UmmMode.JOINT);
      assertThat(steps(experiment)).as("joint training begins anew").isEqualTo(2);
    }
    try (Engine engine = cpu()) {
      Experiment experiment = byol(2, engine);
      trained(experiment, UmmMode.SINGLE_LEVEL);
      assertThat(steps(experiment)).as("pre-training lies behind").isEqualTo(4);
    }
  }
}
