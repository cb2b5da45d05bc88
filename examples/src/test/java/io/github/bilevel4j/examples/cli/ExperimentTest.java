package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.examples.ssl.Preset;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.run.Training.Outcome;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.weights.ElementType;
import io.github.bilevel4j.weights.SafeTensors;
import java.io.IOException;
import java.nio.file.Path;
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
  private static Experiment byol(int seed) {
    PretrainCommand command = new PretrainCommand();
    new CommandLine(command)
        .setCaseInsensitiveEnumValuesAllowed(true)
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
    return Experiment.open(command.setup, command.method, Preset.QUICK, 1);
  }

  private static ImmutableMap<String, Array> weights(Experiment workspace) {
    return workspace.engine().read(workspace.weights());
  }

  private static boolean isMemory(String name) {
    return name.startsWith("average/") || name.equals("step");
  }

  @Test
  void averagesAndStepsAreKeptOrBeginAnew() {
    Path whole = folder.resolve("whole.safetensors");
    Path trained = folder.resolve("trained.safetensors");
    ImmutableMap<String, Array> kept;
    try (Experiment workspace = byol(1)) {
      workspace.pretrain(Training.named("pretrain"));
      kept = weights(workspace);
    }
    assertThat(kept.get("step").scalarValue()).isEqualTo(2);
    assertThat(kept.get("average/stem/conv/weight")).isNotEqualTo(kept.get("stem/conv/weight"));
    SafeTensors.write(whole, kept, ElementType.F32);
    SafeTensors.write(trained, Maps.filterKeys(kept, name -> !isMemory(name)), ElementType.F32);
    try (Experiment workspace = byol(2)) {
      workspace.resume(whole);
      assertThat(weights(workspace)).isEqualTo(kept);
    }
    try (Experiment workspace = byol(2)) {
      workspace.resume(trained);
      ImmutableMap<String, Array> resumed = weights(workspace);
      assertThat(Maps.filterKeys(resumed, name -> !isMemory(name)))
          .isEqualTo(Maps.filterKeys(kept, name -> !isMemory(name)));
      assertThat(resumed.get("average/stem/conv/weight")).isEqualTo(kept.get("stem/conv/weight"));
      assertThat(resumed.get("step").scalarValue()).isZero();
    }
    try (Experiment workspace = byol(2)) {
      workspace.load(whole);
      assertThat(weights(workspace).get("stem/conv/weight"))
          .isEqualTo(kept.get("stem/conv/weight"));
      assertThat(weights(workspace).get("projector/0/weight"))
          .isNotEqualTo(kept.get("projector/0/weight"));
    }
  }

  private static double steps(Experiment workspace) {
    return weights(workspace).get("step").scalarValue();
  }

  private static Outcome repaired(Experiment workspace, UmmMode mode) {
    return workspace
        .umm(mode, draws -> UmmSettings.after("layer1"))
        .run(1, Training.named("training"));
  }

  /** An epoch has two steps here, and pre-training one epoch. */
  @Test
  void theMethodCountsItsSteps() {
    Path file = folder.resolve("joint.safetensors");
    try (Experiment workspace = byol(1)) {
      assertThat(repaired(workspace, UmmMode.JOINT).steps()).isEqualTo(2);
      assertThat(steps(workspace)).as("pairs of steps").isEqualTo(2);
      assertThat(repaired(workspace, UmmMode.BILEVEL).steps()).isEqualTo(2);
      assertThat(steps(workspace)).as("UMM after training").isEqualTo(4);
      workspace.save(file);
    }
    try (Experiment workspace = byol(2)) {
      workspace.resume(file);
      repaired(workspace, UmmMode.JOINT);
      assertThat(steps(workspace)).as("joint training begins anew").isEqualTo(2);
    }
    try (Experiment workspace = byol(2)) {
      repaired(workspace, UmmMode.SINGLE_LEVEL);
      assertThat(steps(workspace)).as("pre-training lies behind").isEqualTo(4);
    }
  }
}
