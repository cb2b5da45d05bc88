package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Splitter;
import io.github.bilevel4j.augment.Normalize;
import io.github.bilevel4j.encoder.SmallConvNet;
import io.github.bilevel4j.experiment.SavedNormalization;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.weights.ElementType;
import io.github.bilevel4j.weights.SafeTensors;
import io.github.bilevel4j.weights.WeightsFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The evaluations of a saved encoder, here one with its first weights. */
class ProtocolCommandsTest {
  @TempDir static Path shared;

  private static Path data;
  private static Path weights;

  @TempDir Path folder;

  @BeforeAll
  static void write() throws IOException {
    data = shared.resolve("data");
    CommandLineTest.drawPictures(data);
    weights = shared.resolve("weights.safetensors");
    Map<String, Array> arrays = new LinkedHashMap<>();
    SmallConvNet.init(Scope.seed(3))
        .variables()
        .leaves()
        .forEach((n, v) -> arrays.put(n, first(v)));
    SafeTensors.write(
        weights, arrays, ElementType.F32, SavedNormalization.metadata(Normalize.cifar10()));
  }

  private static Array first(Expr variable) {
    return ((Leaf.Variable) variable.op()).initializer().values(variable.shape());
  }

  private static Ending run(String command, Object... options) {
    List<Object> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("--weights", weights, "--batch", 8, "--device", "cpu"));
    arguments.addAll(List.of(options));
    return Ending.of(arguments.toArray());
  }

  private static List<Map<String, String>> csv(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    List<String> names = Splitter.on(',').splitToList(lines.get(0));
    return lines.subList(1, lines.size()).stream()
        .map(
            line -> {
              List<String> cells = Splitter.on(',').splitToList(line);
              Map<String, String> row = new LinkedHashMap<>();
              IntStream.range(0, names.size()).forEach(i -> row.put(names.get(i), cells.get(i)));
              return row;
            })
        .toList();
  }

  private static JsonNode summary(Path run) throws IOException {
    return new ObjectMapper().readTree(run.resolve("summary.json").toFile());
  }

  private void assertRefused(Ending ended, String... parts) {
    assertThat(ended.err()).startsWith("error: ").contains(parts);
    assertThat(ended.err().lines()).hasSize(1);
    assertThat(ended.status()).isEqualTo(2);
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void probeByProtocolAndNeighbors() throws IOException {
    Path out = folder.resolve("out");
    Ending ended =
        run(
            "probe",
            "--data",
            data,
            "--protocol",
            "sdclr",
            "--neighbors",
            "3,5",
            "--stages",
            "layer1,pool",
            "--out",
            out);
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(ended.out())
        .contains("pictures normalized with mean 0.491 0.482 ", ", as the weights' file tells")
        .contains("linear probe sdclr; 16 train and 16 test images")
        .contains("| features | dimension | linear % | 3-NN % | 5-NN % |");
    List<Map<String, String>> rows = csv(out.resolve("probe.csv"));
    assertThat(rows).extracting(row -> row.get("layer")).containsExactly("layer1", "pool");
    assertThat(rows.get(1))
        .containsEntry("dimension", "128")
        .containsEntry("setting", "30.0")
        .containsEntry("linear_top5", "")
        .containsKeys("linear_top1", "knn3", "knn5", "crr");
    assertThat(summary(out).get("table").get(1).get("knn5").asDouble())
        .isEqualTo(Double.parseDouble(rows.get(1).get("knn5")));
  }

  /** With the first of them the training diverges, so that it cannot be chosen. */
  @Test
  void probeChoosesTheRateOfEachLayer() throws IOException {
    Path out = folder.resolve("out");
    Ending ended =
        run(
            "probe",
            "--data",
            data,
            "--protocol",
            "lightly",
            "--choose-rate",
            "1e308,0.3",
            "--stages",
            "layer1,pool",
            "--out",
            out);
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(csv(out.resolve("probe.csv")))
        .extracting(row -> row.get("setting"))
        .containsExactly("0.3", "0.3");
    assertThat(Files.readString(out.resolve("config.json")))
        .contains("\"choose-rate\" : \"[1.0E308, 0.3]\"");
  }

  @Test
  void probeRefusesWhatCannotBe() {
    Path out = folder.resolve("out");
    assertRefused(
        run("probe", "--data", data, "--choose-rate", "0.1,0", "--out", out), "--choose-rate: ");
    assertRefused(
        run("probe", "--data", data, "--neighbors", "5,17", "--out", out),
        "k is 17, but there are 16 train samples");
    assertRefused(
        run("probe", "--data", data, "--stages", "layer9", "--out", out),
        "there is no stage \"layer9\"",
        "stem, layer1, layer2, layer3, pool");
    assertRefused(
        run("probe", "--data", data, "--protocol", "best", "--out", out),
        "expected one of converged, paper, htdt");
    assertRefused(
        run("probe", "--data", data.resolve("train/dark"), "--out", out), "have no classes");
  }

  @Test
  void fineTuningGoesOnToTheSameWeights() throws IOException {
    Path out = folder.resolve("out");
    Ending ended =
        run(
            "finetune",
            "--data",
            data,
            "--labels",
            "50%",
            "--epochs",
            3,
            "--checkpoint",
            "2steps",
            "--out",
            out);
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(ended.out()).contains("linear probe").contains("fine-tuned");
    assertThat(Files.readAllLines(out.resolve("labels-50percent.txt"))).hasSize(8);
    JsonNode summary = summary(out);
    assertThat(summary.get("labels").asInt()).isEqualTo(8);
    byte[] tuned = Files.readAllBytes(out.resolve("weights.safetensors"));
    Files.delete(out.resolve("summary.json"));
    Files.delete(out.resolve("weights.safetensors"));
    Ending resumed = Ending.of("resume", out);
    assertThat(resumed.status()).as(resumed.err()).isZero();
    assertThat(resumed.err()).contains("goes on after 3 steps of finetune");
    assertThat(Files.readAllBytes(out.resolve("weights.safetensors"))).isEqualTo(tuned);
    assertThat(summary(out).get("table")).isEqualTo(summary.get("table"));
    assertThat(
            run(
                    "finetune",
                    "--data",
                    data,
                    "--labels",
                    out.resolve("labels-50percent.txt"),
                    "--epochs",
                    1,
                    "--out",
                    folder.resolve("list"))
                .out())
        .contains("8 labeled images");
  }

  /** Batch normalization's statistics move all the same. */
  @Test
  void encoderAndClassifierHaveTheirOwnRates() {
    Path out = folder.resolve("out");
    run(
        "finetune",
        "--data",
        data,
        "--labels",
        "50%",
        "--epochs",
        1,
        "--encoder-rate",
        0,
        "--out",
        out);
    try (WeightsFile before = WeightsFile.open(weights);
        WeightsFile after = WeightsFile.open(out.resolve("weights.safetensors"));
        WeightsFile classifier = WeightsFile.open(out.resolve("classifier.safetensors"))) {
      for (String kept : new String[] {"stem/conv/weight", "layer3/bn/bias"}) {
        assertThat(values(after, kept)).isEqualTo(values(before, kept));
      }
      assertThat(values(after, "stem/bn/running_mean"))
          .isNotEqualTo(values(before, "stem/bn/running_mean"));
      assertThat(values(classifier, "classifier/bias")).hasSize(2).doesNotContain(0);
    }
  }

  private static double[] values(WeightsFile file, String name) {
    return file.read(name).toDoubles();
  }

  @Test
  void fineTuningRefusesLabelsThatAreNone() {
    Path out = folder.resolve("out");
    assertRefused(
        run("finetune", "--data", data, "--labels", "0%", "--out", out), "0% is no share");
    assertRefused(
        run("finetune", "--data", data, "--labels", folder.resolve("none.txt"), "--out", out),
        "none.txt cannot be read");
    assertRefused(
        run("finetune", "--data", data.resolve("train/dark"), "--labels", "1%", "--out", out),
        "have no classes");
  }

  @Test
  void longTailByClass() throws IOException {
    Path list = folder.resolve("tail.txt");
    Files.writeString(list, "train/light/0\ntrain/light/1\ntrain/light/2\ntrain/dark/0\n");
    Path out = folder.resolve("out");
    Ending ended =
        run(
            "longtail",
            "--data",
            data,
            "--subset",
            list,
            "--shots",
            "full,25%," + list,
            "--draws",
            2,
            "--out",
            out);
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(ended.out()).contains("2 classes with many").contains("2 draws");
    List<Map<String, String>> rows = csv(out.resolve("longtail.csv"));
    assertThat(rows.get(0).keySet())
        .containsExactly(
            "seed",
            "split",
            "shots",
            "accuracy",
            "many",
            "medium",
            "few",
            "balancedness",
            "class_std");
    assertThat(rows)
        .extracting(row -> row.get("shots"))
        .containsExactly("full", "25%", "25%", "tail.txt");
    assertThat(rows).extracting(row -> row.get("seed")).containsExactly("1", "1", "2", "1");
    assertThat(rows.get(0)).containsEntry("split", "tail.txt").containsEntry("medium", "");
    double accuracy = Double.parseDouble(rows.get(0).get("accuracy"));
    assertThat(Double.parseDouble(rows.get(0).get("many"))).isCloseTo(accuracy, within(1e-9));
  }

  /** Of the pictures that a pre-training with the same options sees. */
  @Test
  void longTailThatIsDrawn() throws IOException {
    Path out = folder.resolve("out");
    Ending ended =
        run(
            "longtail",
            "--data",
            data,
            "--long-tail",
            4,
            "--shots",
            "full",
            "--choose-rate",
            0.3,
            "--out",
            out);
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(csv(out.resolve("longtail.csv")).get(0)).containsEntry("split", "drawn");
    assertThat(out.resolve("summary.json")).content().contains("\"settings\" : [ 0.3 ]");
  }

  @Test
  void longTailRefusesListsThatAreNone() {
    Path out = folder.resolve("out");
    assertRefused(run("longtail", "--data", data, "--out", out), "no list tells");
    assertRefused(
        run("longtail", "--data", data, "--subset", folder.resolve("none.txt"), "--out", out),
        "none.txt cannot be read");
  }

  /** Bright squares of 10 pixels on dark noise; one picture in three is for testing. */
  private Path squares(int right) throws IOException {
    return squares(folder.resolve("voc" + right), right);
  }

  static Path squares(Path voc, int right) throws IOException {
    for (String name : new String[] {"JPEGImages", "Annotations", "ImageSets/Main"}) {
      Files.createDirectories(voc.resolve(name));
    }
    Random random = new Random(1);
    StringBuilder train = new StringBuilder();
    StringBuilder test = new StringBuilder();
    for (int i = 0; i < 24; i++) {
      int x = random.nextInt(22);
      int y = random.nextInt(22);
      BufferedImage picture = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
      for (int p = 0; p < 1024; p++) {
        boolean inside = p % 32 >= x && p % 32 < x + 10 && p / 32 >= y && p / 32 < y + 10;
        picture.setRGB(p % 32, p / 32, (inside ? 0xd0d0d0 : 0x101010) + random.nextInt(32));
      }
      ImageIO.write(picture, "png", voc.resolve("JPEGImages/" + i + ".png").toFile());
      Files.writeString(
          voc.resolve("Annotations/" + i + ".xml"),
          """
          <annotation><object><name>square</name><bndbox><xmin>%d</xmin><ymin>%d</ymin>\
          <xmax>%d</xmax><ymax>%d</ymax></bndbox></object></annotation>"""
              .formatted(x + 1, y + 1, x + right, y + 10));
      (i % 3 == 0 ? test : train).append(i).append('\n');
    }
    Files.writeString(voc.resolve("ImageSets/Main/trainval.txt"), train);
    Files.writeString(voc.resolve("ImageSets/Main/test.txt"), test);
    return voc;
  }

  @Test
  void denseProbeFindsSquares() throws IOException {
    Path out = folder.resolve("out");
    Ending ended =
        run(
            "dense-probe",
            "--data",
            squares(10),
            "--image-size",
            32,
            "--stage",
            "layer1",
            "--epochs",
            60,
            "--untrained",
            "--out",
            out);
    assertThat(ended.status()).as(ended.err()).isZero();
    List<Map<String, String>> rows = csv(out.resolve("dense-probe.csv"));
    assertThat(rows)
        .extracting(row -> row.get("weights"))
        .containsExactly("saved", "saved", "untrained", "untrained");
    assertThat(rows.get(1)).containsEntry("class", "square");
    assertThat(Double.parseDouble(rows.get(1).get("ap50"))).isGreaterThan(60);
    assertThat(rows.get(0).get("ap50")).isEqualTo(rows.get(1).get("ap50"));
    assertThat(summary(out).get("test boxes").asInt()).isEqualTo(8);
  }

  @Test
  void denseProbeRefusesBoxesOutsideAndStagesWithoutMaps() throws IOException {
    Path out = folder.resolve("out");
    assertRefused(
        run("dense-probe", "--data", squares(40), "--out", out), "24 boxes of", "lie outside");
    Path fine = squares(10);
    assertRefused(
        run("dense-probe", "--data", fine, "--stage", "pool", "--image-size", 32, "--out", out),
        "the stage \"pool\" has no map",
        "stem, layer1, layer2, layer3");
    assertRefused(run("dense-probe", "--data", data, "--out", out), "has no JPEGImages");
    assertRefused(
        run("dense-probe", "--data", fine, "--subset", "list.txt", "--out", out), "ImageSets/Main");
  }
}
