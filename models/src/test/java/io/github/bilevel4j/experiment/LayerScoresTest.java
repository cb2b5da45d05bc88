package io.github.bilevel4j.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerScoresTest {
  @TempDir Path folder;

  private static LayerScore score(String target, String layer, double heldOut, double test) {
    return new LayerScore(
        target, layer, 8, 3.25, 0.01, heldOut, test, OptionalDouble.of(99.5), test - 2);
  }

  /** Held-out and test accuracies disagree. */
  private static final LayerScores SCORES =
      new LayerScores(
          ImmutableList.of(
              score("own", "layer1", 50, 70),
              score("own", "pool", 60, 64),
              score("own", "projector/1", 60, 63),
              score("own", "projector/out", 55, 62.5),
              score("own", "projector/out/unit", 54, 80),
              new LayerScore("b", "layer1", 8, 1, 1, 9, 8, OptionalDouble.empty(), 7)));

  @Test
  void theBestLayerIsChosenWithoutTheTestPart() {
    assertThat(SCORES.best("own").layer()).isEqualTo("projector/1");
    assertThat(SCORES.gain("own", "projector/1")).isEqualTo(0.5);
    assertThat(SCORES.targets()).containsExactly("own", "b");
  }

  @Test
  void rowsOfLengthOneAreNoLayer() {
    assertThat(SCORES.removed("projector/out/unit")).isZero();
    assertThat(SCORES.removed("projector/out")).isZero();
    assertThat(SCORES.removed("projector/1")).isEqualTo(1);
    assertThat(SCORES.removed("layer1")).isEqualTo(3);
  }

  @Test
  void areReadAsTheyWereWritten() throws IOException {
    Path file = folder.resolve("guillotine.csv");
    SCORES.write(file);
    assertThat(LayerScores.read(file)).isEqualTo(SCORES);
    assertThatThrownBy(() -> LayerScores.read(folder.resolve("none.csv")))
        .hasMessageContaining("there is no")
        .hasMessageContaining("./bilevel4j guillotine");
    Files.writeString(file, Files.readString(file).replace("projector/1,8", "projector/1"));
    assertThatThrownBy(() -> LayerScores.read(file)).hasMessageContaining("not as it was written");
  }
}
