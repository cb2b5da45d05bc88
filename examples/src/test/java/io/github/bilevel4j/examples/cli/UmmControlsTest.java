package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.data.DataSource;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.examples.TinyEncoder;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.examples.umm.UmmTraining;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.weights.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** UMM without its reduction and what it is compared with, of a method that has a queue. */
class UmmControlsTest {
  @TempDir static Path folder;

  private static Path run;
  private static Ending ended;

  @BeforeAll
  static void compare() throws IOException {
    CommandLineTest.drawPictures(folder.resolve("data"));
    run = folder.resolve("run");
    ended = umm("--method moco-v2 --epochs 1 --umm-epochs 1 --alpha 0 --controls", run);
    assertThat(ended.status()).as(ended.err()).isZero();
  }

  private static Ending umm(String options, Path out) {
    List<Object> all = new ArrayList<>(Arrays.asList((Object[]) ("umm " + options).split(" ")));
    all.addAll(List.of("--data", folder.resolve("data"), "--batch", 8, "--device", "cpu"));
    all.addAll(List.of("--encoder", TinyEncoder.NAME));
    all.addAll(List.of("--out", out));
    return Ending.of(all.toArray());
  }

  private byte[] weights(String name) throws IOException {
    return Files.readAllBytes(run.resolve(name + ".safetensors"));
  }

  private List<String> metrics(String phase) throws IOException {
    return Files.readAllLines(run.resolve("metrics.csv")).stream()
        .filter(line -> line.startsWith(phase + ","))
        .map(line -> line.substring(phase.length()))
        .toList();
  }

  /** The same weights, queue, order of images, views and steps: the same bits. */
  @Test
  void withoutTheReductionItIsTheControlWithoutIt() throws IOException {
    assertThat(weights("alpha-0")).isEqualTo(weights("weights"));
    assertThat(metrics("alpha-0")).isNotEmpty().isEqualTo(metrics("umm"));
  }

  @Test
  void eachControlIsATrainingOfItsOwn() throws IOException {
    for (String control : List.of("ssl-steps", "strong-views", "beta-0", "single-level")) {
      assertThat(weights(control)).isNotEqualTo(weights("weights")).isNotEqualTo(weights("start"));
      assertThat(ended.out()).containsPattern(" " + control + " +\\|");
    }
    assertThat(metrics("beta-0")).noneMatch(line -> line.contains("memorization"));
    assertThat(metrics("single-level")).anyMatch(line -> line.contains("memorization"));
  }

  /**
   * In the middle of each interval is the difference of the accuracies that are printed, of steps
   * so large that there is one.
   */
  @Test
  void intervalsAreOfPairedTestImages() {
    String options =
        "umm --data textures --pretrain-images 32 --probe-images 100 --epochs 1 --umm-epochs 3"
            + " --outer-rate 0.1 --batch 16 --device cpu --encoder tiny --out "
            + folder.resolve("far");
    Ending far = Ending.of((Object[]) options.split(" "));
    assertThat(far.status()).as(far.err()).isZero();
    List<MatchResult> lines =
        Pattern.compile(
                "pool +\\| +([-a-z0-9]+) +\\| +([0-9.]+) ± [0-9.]+ \\|(?: +[-+a-z0-9. ]*"
                    + "\\[([-+0-9.]+), ([-+0-9.]+)\\])?")
            .matcher(far.out())
            .results()
            .toList();
    assertThat(lines).hasSize(2);
    double before = Double.parseDouble(lines.get(0).group(2));
    double after = Double.parseDouble(lines.get(1).group(2));
    double low = Double.parseDouble(lines.get(0).group(3));
    double high = Double.parseDouble(lines.get(0).group(4));
    assertThat(after).isNotEqualTo(before);
    assertThat((low + high) / 2).isCloseTo(after - before, within(0.011));
  }

  /** The early stage, which training leaves as it is but in joint training. */
  @ParameterizedTest
  @CsvSource({"joint --epochs 2 --rate 0.1,false", "bilevel --epochs 1 --umm-epochs 1,true"})
  void aStageIsEvaluatedAgainIfItChanged(String mode, boolean isFrozen) {
    String options =
        "umm --data textures --pretrain-images 32 --probe-images 100 --batch 16 --device cpu"
            + " --encoder tiny --mode "
            + mode
            + " --out "
            + folder.resolve(isFrozen ? "frozen" : "joint");
    Ending ended = Ending.of((Object[]) options.split(" "));
    assertThat(ended.status()).as(ended.err()).isZero();
    List<String> reductions =
        Pattern.compile("layer1 .*\\| +([0-9.]+) \\|")
            .matcher(ended.out())
            .results()
            .map(line -> line.group(1))
            .toList();
    assertThat(reductions).as(ended.out()).hasSize(2);
    assertThat(reductions.get(0).equals(reductions.get(1))).isEqualTo(isFrozen);
  }

  /** By another way: one level without both terms, in a run of its own. */
  @Test
  void ordinarySteps() throws IOException {
    Path alone = folder.resolve("alone");
    Ending single =
        umm(
            "--method moco-v2 --mode single-level --umm-epochs 1 --alpha 0 --beta 0 --weights "
                + run.resolve("start.safetensors"),
            alone);
    assertThat(single.status()).as(single.err()).isZero();
    // The method's steps are counted from the end of pre-training, which is longer by default.
    Map<String, Array> expected =
        new HashMap<>(SafeTensors.read(alone.resolve("weights.safetensors")));
    Map<String, Array> found =
        new HashMap<>(SafeTensors.read(run.resolve("ssl-steps.safetensors")));
    assertThat(expected.remove("step")).isNotEqualTo(found.remove("step"));
    assertThat(found).isEqualTo(expected);
  }

  @Test
  void otherModes() {
    Ending refused = umm("--mode joint --epochs 1 --controls", folder.resolve("refused"));
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).startsWith("error: --controls: with --mode joint");
  }

  /** Of 24 pictures two are held out. */
  private static Ending learned(String mode, Path out) throws IOException {
    Path data = folder.resolve("more");
    if (!Files.exists(data)) {
      CommandLineTest.drawPictures(data, 12);
    }
    return Ending.of(
        (Object[])
            ("umm --epochs 1 --umm-epochs 1 --batch 8 --device cpu --encoder "
                    + TinyEncoder.NAME
                    + " --data "
                    + data
                    + " --out "
                    + out
                    + " --mode "
                    + mode)
                .split(" "));
  }

  @Test
  void heldOutPicturesTeach() throws IOException {
    Path out = folder.resolve("held-out");
    Ending learned = learned("held-out", out);
    assertThat(learned.status()).as(learned.err()).isZero();
    assertThat(learned.out())
        .contains("held-out loss: bi-level problem")
        .containsPattern("strength crop +\\| +0\\.")
        .containsPattern("decay layer2 +\\| ");
    for (String row : List.of("before", "held-out")) {
      assertThat(learned.out())
          .containsPattern("pool +\\| +" + row + " +\\|")
          .containsPattern("\\| " + row + " +\\| +[0-9.]+ \\|");
    }
    assertThat(Files.readString(out.resolve("summary.json")))
        .contains("\"learned\"", "\"held-out loss\"");
  }

  /** The other 22 are trained on. */
  @Test
  void heldOutPicturesTeachHowMuchOthersCount() throws IOException {
    Ending learned = learned("picture-weights", folder.resolve("weights"));
    assertThat(learned.status()).as(learned.err()).isZero();
    assertThat(learned.out())
        .contains("picture weights: bi-level problem")
        .containsPattern("pictures that count +\\| +2[12]\\.")
        .containsPattern("picture weights, largest +\\| +1\\.");
    Ending refused = learned("picture-weights --method vicreg", folder.resolve("refused"));
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err())
        .startsWith("error: weights of pictures: the loss of VicReg is no mean over pictures")
        .hasLineCount(1);
    assertThat(folder.resolve("refused")).doesNotExist();
  }

  @Test
  void gridsInPlaceOfAblations() {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
      ImageDataset data = DataSource.read(folder.resolve("data").toString());
      Experiment x =
          Experiment.of(
              ExperimentSettings.of(data, new TinyEncoder(), BuiltInMethod.SIMCLR).batch(8),
              engine);
      UmmMode.Site site =
          new UmmMode.Site(x, Optional.of(data.train()), draws -> UmmSettings.after("layer1"));
      Map<String, Supplier<UmmTraining>> strengths = UmmMode.HELD_OUT.controls(site);
      assertThat(strengths.keySet())
          .containsExactly(
              "ssl-steps",
              "strong-views",
              "strength-0.1",
              "strength-0.3",
              "strength-0.6",
              "strength-0.9");
      assertThat(strengths.get("strength-0.3").get().problem())
          .startsWith("held-out loss, at rest: minimization\n  over           3 variables");
      Map<String, Supplier<UmmTraining>> nears = UmmMode.PROXIMAL.controls(site);
      assertThat(nears.keySet())
          .containsExactly(
              "ssl-steps", "strong-views", "near-0.001", "near-0.01", "near-0.1", "near-1.0");
      assertThat(nears.get("near-0.1").get().problem())
          .startsWith("proximal, at rest: minimization\n  over           3 variables");
      Map<String, Supplier<UmmTraining>> drawn = UmmMode.PICTURE_WEIGHTS.controls(site);
      assertThat(drawn.keySet())
          .containsExactly("ssl-steps", "strong-views", "drawn-0.5", "drawn-1.0");
      assertThat(drawn.get("drawn-0.5").get().problem())
          .startsWith("picture weights, at rest: minimization\n  over           3 variables");
      assertThat(UmmMode.INNER_SOLUTION.controls(site).keySet())
          .containsExactly("ssl-steps", "strong-views", "alpha-0", "beta-0", "single-level");
    }
  }

  @Test
  void optionsOfOtherModes() {
    assertRefused(
        "--mode held-out --beta 2", "--beta: with --mode held-out there are none of UMM's");
    assertRefused("--hyper-rate 1", "--hyper-rate: with --mode bilevel nothing is learned beside");
    assertRefused(
        "--mode single-level --inner-views htdt",
        "--inner-views: with --mode single-level there is no inner level");
    assertRefused("--mode proximal --hyper-rate -1", "--hyper-rate: ");
  }

  private static void assertRefused(String options, String reason) {
    Ending refused = umm(options, folder.resolve("refused"));
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).startsWith("error: " + reason);
  }
}
