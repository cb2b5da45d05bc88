package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.experiment.LayerScores;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.weights.ElementType;
import io.github.bilevel4j.weights.SafeTensors;
import io.github.bilevel4j.weights.WeightsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code guillotine}, and {@code export --cut best}. */
class GuillotineCommandTest {
  @TempDir static Path shared;

  @TempDir Path folder;

  @BeforeAll
  static void pretrain() throws IOException {
    CommandLineTest.drawPictures(shared.resolve("data"), 10);
    pretrain("simclr", 1);
    pretrain("simclr", 2);
    pretrain("byol", 1);
  }

  private static void pretrain(String method, int seed) {
    Ending ended =
        Ending.of(
            "pretrain",
            method,
            "--data",
            shared.resolve("data"),
            "--epochs",
            2,
            "--batch",
            8,
            "--device",
            "cpu",
            "--seed",
            seed,
            "--out",
            run(method, seed));
    assertThat(ended.status()).as(ended.err()).isZero();
  }

  private static Path run(String method, int seed) {
    return shared.resolve(method + "-" + seed);
  }

  private static Ending guillotine(Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("guillotine"));
    all.addAll(Arrays.asList(arguments));
    return Ending.of(all.toArray());
  }

  private static void assertRefused(String reason, Ending ended) {
    assertThat(ended.status()).as(ended.err()).isEqualTo(2);
    assertThat(ended.err().lines().filter(line -> line.startsWith("error: ")))
        .singleElement()
        .asString()
        .contains(reason);
    assertThat(ended.out()).doesNotContain("layers ");
  }

  @Test
  void runsAreJudgedAndCut() throws IOException {
    Path first = run("simclr", 1);
    Path second = run("simclr", 2);
    assertRefused(
        "there is no " + first.resolve("guillotine.csv"),
        Ending.of("export", first, "--to", "safetensors", "--cut", "best"));
    Ending ended =
        guillotine(
            first, second, "--layers", "pool,projector/1", "--target", shared.resolve("data"));
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(ended.out())
        .contains("layers  pool, projector/1, projector/out")
        .contains("95 % interval")
        .contains("paired over 2 runs; best in each: ")
        .contains("written to " + first.resolve("guillotine.csv"));
    LayerScores scores = LayerScores.read(first.resolve("guillotine.csv"));
    assertThat(scores.targets()).containsExactly("own", "shifted", "data");
    assertThat(scores.at("own", "projector/1").dimension()).isEqualTo(256);
    assertThat(scores.at("own", "pool").top1()).isGreaterThan(90);
    assertThat(scores.at("own", "pool").top1()).isEqualTo(scores.at("data", "pool").top1());
    assertThat(LayerScores.read(second.resolve("guillotine.csv"))).isNotEqualTo(scores);
    assertThat(second.resolve("guillotine.svg")).doesNotExist();
    String picture = Files.readString(first.resolve("guillotine.svg"));
    assertThat(picture.split("<circle", -1)).hasSize(4);
    assertThat(picture).contains(">projector/1</text>").contains(">shifted</text>");
    exportsTheBest(first);
  }

  private void exportsTheBest(Path run) throws IOException {
    Path scores = run.resolve("guillotine.csv");
    Files.writeString(
        scores,
        """
        target,layer,d,rankme,weight_decay,heldout,top1,top5,knn
        own,pool,9,1,1,50,90,,1
        own,projector/1,9,1,1,60,10,,1
        """);
    Path cut = folder.resolve("cut.safetensors");
    Ending ended = Ending.of("export", run, "--to", "safetensors", "--cut", "best", "--out", cut);
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(ended.out()).contains("cut after projector/1");
    try (WeightsFile file = WeightsFile.open(cut)) {
      assertThat(file.metadata()).containsEntry("bilevel4j.cut", "projector/1");
      assertThat(file.shapes().keySet())
          .anyMatch(name -> name.startsWith("projector"))
          .noneMatch(name -> name.contains("projector.3"));
    }
    Files.writeString(
        scores, Files.readString(scores).replace("projector/1", "projector/out/unit"));
    ended =
        Ending.of(
            "export", run, "--to", "pytorch", "--cut", "best", "--out", folder.resolve("a.pth"));
    assertThat(ended.out()).as(ended.err()).contains("cut after projector/out");
  }

  @Test
  void predictorsAreCutToo() {
    Path cut = folder.resolve("cut.pth");
    Ending ended =
        Ending.of(
            "export", run("byol", 1), "--to", "pytorch", "--cut", "predictor/1", "--out", cut);
    assertThat(ended.status()).as(ended.err()).isZero();
    try (WeightsFile file = WeightsFile.open(cut)) {
      assertThat(file.shapes().keySet())
          .contains("projector.2.weight", "predictor.0.weight", "predictor.1.weight")
          .doesNotContain("predictor.2.weight");
    }
    assertRefused(
        "projector/1, projector/out, predictor/1, predictor/out",
        Ending.of("export", run("byol", 1), "--to", "pytorch", "--cut", "head"));
  }

  @Test
  void weightsAreJudgedBesideTheirFile() throws IOException {
    Path weights = folder.resolve("some.safetensors");
    Files.copy(run("byol", 1).resolve("weights.safetensors"), weights);
    Object[] options = {
      "--weights",
      weights,
      "--method",
      "byol",
      "--data",
      shared.resolve("data"),
      "--batch",
      8,
      "--device",
      "cpu",
      "--layers",
      "predictor/1"
    };
    Ending ended = guillotine(options);
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(folder.resolve("some.guillotine.csv")).exists();
    assertThat(folder.resolve("some.guillotine.svg")).exists();

    ImmutableMap<String, Array> arrays = SafeTensors.read(weights);
    SafeTensors.write(
        weights,
        ImmutableMap.copyOf(
            Maps.transformEntries(
                arrays,
                (name, array) ->
                    name.equals("projector/1/running_mean")
                        ? Array.fill(array.shape(), i -> 0)
                        : array)),
        ElementType.F32,
        ImmutableMap.of());
    assertRefused(
        "no training has moved the running statistics projector/1/running_mean",
        guillotine(options));
  }

  @Test
  void mistakesAreToldBeforeAnythingIsComputed() throws IOException {
    Path byol = run("byol", 1);
    assertRefused("no run is named", guillotine());
    assertRefused("there is no folder", guillotine(folder.resolve("none")));
    assertRefused("the runs differ in method", guillotine(run("simclr", 1), byol));
    assertRefused("it belongs to --weights FILE", guillotine(byol, "--batch", 4));
    assertRefused(
        "projector/1, projector/out, projector/out/unit, predictor/1, predictor/out,"
            + " predictor/out/unit",
        guillotine(byol, "--layers", "projector/7"));
    assertRefused("\"own\" is the name of another target", guillotine(byol, "--target", "own"));
    Path plain = Files.createDirectories(folder.resolve("plain"));
    Files.copy(shared.resolve("data/train/dark/0.png"), plain.resolve("0.png"));
    Files.copy(shared.resolve("data/train/dark/1.png"), plain.resolve("1.png"));
    assertRefused("the images have no classes", guillotine(byol, "--target", plain));

    Path encoder = folder.resolve("encoder.safetensors");
    assertThat(Ending.of("export", byol, "--to", "safetensors", "--out", encoder).status())
        .isZero();
    assertRefused(
        "has no projector",
        guillotine("--weights", encoder, "--data", shared.resolve("data"), "--batch", 8));
    assertRefused(
        "has another projector than the method",
        guillotine(
            "--weights",
            byol.resolve("weights.safetensors"),
            "--method",
            "wmse",
            "--data",
            shared.resolve("data"),
            "--batch",
            8));
    Path empty = folder.resolve("empty");
    Files.createDirectories(empty);
    Files.copy(byol.resolve("config.json"), empty.resolve("config.json"));
    assertRefused("holds no weights.safetensors", guillotine(empty));
  }

  /** The classifier's rows are the layer's outputs, and the projector is trained up to there. */
  @Test
  void fineTuningBehindALayerOfTheProjector() throws IOException {
    Path weights = run("byol", 1).resolve("weights.safetensors");
    Path out = folder.resolve("tuned");
    String common =
        "finetune --method byol --labels 50% --epochs 2 --batch 8 --device cpu --weights "
            + weights
            + " --data "
            + shared.resolve("data")
            + " --out "
            + out
            + " --from ";
    Ending refused = Ending.of((Object[]) (common + "projector/7").split(" "));
    assertThat(refused.err())
        .contains("the projector has no layer \"projector/7\"", "projector/1, projector/out")
        .hasLineCount(1);
    assertThat(out).doesNotExist();
    Ending tuned = Ending.of((Object[]) (common + "projector/1").split(" "));
    assertThat(tuned.status()).as(tuned.err()).isZero();
    assertThat(SafeTensors.read(out.resolve("classifier.safetensors")).get("classifier/weight"))
        .extracting(array -> array.shape().dim(0))
        .isEqualTo(256);
    ImmutableMap<String, Array> before = SafeTensors.read(weights);
    ImmutableMap<String, Array> after = SafeTensors.read(out.resolve("weights.safetensors"));
    assertThat(changed(before, after, "projector/0/")).isTrue();
    assertThat(changed(before, after, "projector/3/")).isFalse();
    assertThat(changed(before, after, "predictor/")).isFalse();
  }

  private static boolean changed(
      Map<String, Array> before, Map<String, Array> after, String prefix) {
    List<String> names = before.keySet().stream().filter(name -> name.startsWith(prefix)).toList();
    assertThat(after.keySet()).containsAll(names);
    return names.stream().anyMatch(name -> !before.get(name).equals(after.get(name)));
  }
}
