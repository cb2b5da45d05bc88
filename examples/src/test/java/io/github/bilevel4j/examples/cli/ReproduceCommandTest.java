package io.github.bilevel4j.examples.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Splitter;
import io.github.bilevel4j.examples.TinyEncoder;
import io.github.bilevel4j.examples.process.ChildProgram;
import io.github.bilevel4j.experiment.LayerScores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables and figures of the paper on a few pictures. */
class ReproduceCommandTest {
  private static final String DEMO = "out/data_few-umm_simclr_";

  @TempDir static Path folder;

  @BeforeAll
  static void makePictures() throws IOException {
    CommandLineTest.drawPictures(folder.resolve("data"), 12);
  }

  private static Ending reproduce(String command) {
    return Ending.of((Object[]) line(command));
  }

  private static String[] line(String command) {
    List<Object> all = new ArrayList<>(Arrays.asList((Object[]) command.split(" ")));
    all.add(0, "reproduce");
    all.addAll(
        List.of(
            "--encoder", TinyEncoder.NAME, "--batch", 8, "--device", "cpu", "--methods", "simclr"));
    all.addAll(List.of("--data", folder.resolve("data"), "--out", folder.resolve("out")));
    return all.stream().map(String::valueOf).toArray(String[]::new);
  }

  private static double last(int seed, String moment, String metric) throws IOException {
    return last(seed, moment, metric, "out/data_umm_simclr_");
  }

  private static double last(int seed, String moment, String metric, String runs)
      throws IOException {
    JsonNode summary =
        new ObjectMapper().readTree(folder.resolve(runs + seed + "/summary.json").toFile());
    double found = Double.NaN;
    for (JsonNode row : summary.get("table")) {
      if (row.get("stage").asText().equals("pool") && row.get("moment").asText().equals(moment)) {
        found = row.get(metric).asDouble();
      }
    }
    return found;
  }

  @Test
  void tableOfAccuracies() throws IOException {
    Ending table = reproduce("table1 --epochs 1 --umm-epochs 1 --seeds 2");
    assertThat(table.status()).as(table.out() + table.err()).isZero();
    String text = Files.readString(folder.resolve("out/table1.md"));
    assertThat(table.out()).contains(text.lines().toList());
    assertThat(text).contains("24 test pictures of data, 2 seeds, scale tiny");
    double first = last(1, "after", "5-nn");
    double second = last(2, "after", "5-nn");
    double mean = (first + second) / 2;
    assertThat(row(text, "simclr + UMM"))
        .contains(
            String.format(
                Locale.ROOT, "%.2f ± %.2f", mean, Math.abs(first - second) / Math.sqrt(2)))
        .contains("92.93 ± 0.14")
        .contains("90.24 ± 0.15");
    double before = (last(1, "before", "5-nn") + last(2, "before", "5-nn")) / 2;
    assertThat(row(text, "data | 5-nn | simclr"))
        .contains(String.format(Locale.ROOT, "%+.2f ± ", mean - before));
    assertThat(row(text, "simclr + SSL steps")).contains(" 2 |");
  }

  private static double number(String row, String column, Path cell) throws IOException {
    for (JsonNode each : new ObjectMapper().readTree(cell.toFile()).get("table")) {
      if (each.has("layer") && each.get("layer").asText().equals(row)) {
        return each.get(column).asDouble();
      }
    }
    return Double.NaN;
  }

  @Test
  void tableOfALongTail() throws IOException {
    Ending table = reproduce("table8 --long-tail 3 --epochs 1 --umm-epochs 1 --seeds 1");
    assertThat(table.status()).as(table.out() + table.err()).isZero();
    JsonNode found =
        new ObjectMapper()
            .readTree(
                folder
                    .resolve("out/data-lt_umm_simclr_1_longtail-weights-full/summary.json")
                    .toFile())
            .get("table")
            .get(0);
    assertThat(row(table.out(), "data | simclr + UMM"))
        .contains(String.format(Locale.ROOT, "| %.2f", found.get("accuracy").asDouble()))
        .contains("84.32");
  }

  /** On weights of the same runs; columns of as many epochs are of the same ones, too. */
  @Test
  void probesOfTheMomentsAreOfTheirWeights() throws IOException {
    String same = " --epochs 1 --umm-epochs 1 --seeds 1";
    Ending both = reproduce("table2" + same);
    assertThat(both.status()).as(both.out() + both.err()).isZero();
    String after = row(both.out(), "data | simclr + UMM");
    assertThat(after).contains("71.75 ± 0.17").contains("91.61 ± 0.21");
    assertThat(row(both.out(), "data | simclr*")).contains("71.21 ± 0.12");
    assertThat(both.out()).contains("simclr + single level");
    double found =
        number(
            "pool",
            "linear_top1",
            folder.resolve("out/data_umm_simclr_1_probe-weights-pool/summary.json"));
    assertThat(after).contains(String.format(Locale.ROOT, "| %.2f |", found));
    assertThat(found).isEqualTo(last(1, "after", "linear probe"));

    Ending lengths = reproduce("table3" + same);
    assertThat(lengths.status()).as(lengths.out() + lengths.err()).isZero();
    assertThat(lengths.out()).contains("5 of 5 cells are there");
    assertThat(row(lengths.out(), "data | simclr + UMM"))
        .contains("67.6 ± 0.1")
        .contains("73.1 ± 0.1");
  }

  @Test
  void detection() throws IOException {
    String same = "table5 --epochs 1 --umm-epochs 1 --seeds 1 --boxes ";
    Path squares = ProtocolCommandsTest.squares(folder.resolve("VOC2007"), 10);
    Ending table = reproduce(same + squares);
    assertThat(table.status()).as(table.out() + table.err()).isZero();
    assertThat(table.out()).contains("8 with 8 boxes of 1 classes");
    double found =
        new ObjectMapper()
            .readTree(
                folder
                    .resolve(
                        "out/data_umm_simclr_1_dense-probe-weights-64-5-untrained/summary.json")
                    .toFile())
            .get("table")
            .get(0)
            .get("ap50")
            .asDouble();
    assertThat(row(table.out(), "data | simclr + UMM"))
        .contains(String.format(Locale.ROOT, "| %.2f |", found).substring(2))
        .contains("76.7")
        .contains("82.7");
    Path outside = ProtocolCommandsTest.squares(folder.resolve("outside"), 40);
    Ending refused = reproduce(same + outside);
    assertThat(refused.err()).contains("lie outside").hasLineCount(1);
  }

  @Test
  void layers() throws IOException {
    Ending table = reproduce("guillotine --epochs 1 --umm-epochs 1 --seeds 1");
    assertThat(table.status()).as(table.out() + table.err()).isZero();
    double gain =
        LayerScores.read(
                folder.resolve("out/data_pretrain_simclr_1_guillotine-weights/guillotine.csv"))
            .gain("own", cut(table.out()));
    assertThat(row(table.out(), "simclr, data"))
        .contains(String.format(Locale.ROOT, "%+.2f", gain));
    assertThat(Files.readString(folder.resolve("out/guillotine.svg"))).contains("simclr, data");
  }

  /**
   * The rows of all repairs are of the runs that they name; {@link #monitors} has as many epochs.
   */
  @Test
  void repairs() throws IOException {
    Ending table = reproduce("repairs --epochs 3 --umm-epochs 1 --seeds 1");
    assertThat(table.status()).as(table.out() + table.err()).isZero();
    for (List<String> each :
        List.of(
            List.of("inner-solution", "inner-solution", "inner-solution"),
            List.of("UMM, strong inner views", "UMM--strong-inner-views", "after"),
            List.of("UMM, strong outer views", "UMM--strong-outer-views", "after"),
            List.of("held-out", "held-out", "held-out"),
            List.of("held-out, strong outer views", "held-out--strong-outer-views", "held-out"),
            List.of("proximal", "proximal", "proximal"),
            List.of("picture-weights", "picture-weights", "picture-weights"))) {
      String runs = "out/data_" + each.get(1) + "_simclr_";
      double linear = last(1, each.get(2), "linear probe", runs);
      double neighbors = last(1, each.get(2), "5-nn", runs);
      assertThat(row(table.out(), "**" + each.get(0) + "**").replaceAll(" +", " "))
          .contains(String.format(Locale.ROOT, "| %.2f |", linear))
          .contains(String.format(Locale.ROOT, "| %.2f |", neighbors));
    }
    assertThat(table.out()).contains("| strength-0.9 ").contains("| near-0.01 ");
  }

  private static String cut(String text) {
    return Splitter.on('|').trimResults().splitToList(row(text, "simclr, data")).get(2);
  }

  private static String row(String text, String start) {
    return text.lines()
        .filter(line -> line.replaceAll(" +", " ").startsWith("| " + start + " |"))
        .findFirst()
        .orElseThrow();
  }

  /** Of the same runs: what one has made the others find. */
  @Test
  void monitors() throws IOException {
    String same = " --epochs 3 --seeds 1";
    Ending figure = reproduce("figure2" + same);
    assertThat(figure.status()).as(figure.out() + figure.err()).isZero();
    assertThat(Files.readString(folder.resolve("out/figure2.svg"))).contains("simclr, data");
    assertThat(figure.out()).containsPattern("simclr, data \\| +pool \\| +0\\.\\d+ \\| +1\\.000 ");
    Ending costs = reproduce("table9" + same);
    assertThat(costs.out()).contains("1 of 1 cells are there").contains("92.76");
    Ending correlation = reproduce("table11" + same);
    assertThat(correlation.status()).as(correlation.err()).isZero();
    assertThat(row(correlation.out(), "simclr")).contains(" to ").contains(" 0.94 |");
    Ending both = reproduce("figure6" + same);
    assertThat(both.out()).contains("linear").contains("crr");
  }

  /** There are no trainings before it: the command only tells what it would do. */
  @Test
  void oneSeedIsToldBeforeTheFirstCell() {
    Ending one = reproduce("figure2 --epochs 1 --seeds 1 --dry-run");
    assertThat(one.status()).as(one.err()).isZero();
    assertThat(one.err())
        .contains("--seeds: One seed: there is no deviation and no interval.")
        .hasLineCount(1);
    assertThat(reproduce("figure2 --epochs 1 --seeds 2 --dry-run").err()).isEmpty();
  }

  private static String told(String cell, String option) throws IOException {
    return new ObjectMapper()
        .readTree(folder.resolve("out/" + cell + "/config.json").toFile())
        .get(option)
        .asText();
  }

  /** All of these pictures are recognized, so that the rows are told apart by their runs. */
  @Test
  void cellsHaveTheSettingsOfTheirRows() throws IOException {
    String same = " --epochs 1 --umm-epochs 1 --seeds 1";
    for (List<String> each :
        List.of(
            List.of("table6", "alpha", "1000"),
            List.of("table7", "beta", "0.001"),
            List.of("table12", "epsilon-squared", "0.25"))) {
      Ending table = reproduce(each.get(0) + same);
      assertThat(table.status()).as(table.out() + table.err()).isZero();
      assertThat(row(table.out(), "data | simclr | " + each.get(2)))
          .containsPattern("\\d\\.\\d\\d \\(one seed\\)");
      String cell = "data_" + each.get(0) + "-" + each.get(1) + each.get(2) + "_simclr_1";
      assertThat(Double.parseDouble(told(cell, each.get(1))))
          .isEqualTo(Double.parseDouble(each.get(2)));
    }
    Ending joint = reproduce("table10" + same);
    assertThat(row(joint.out(), "simclr & UMM")).containsPattern("\\| +\\d+\\.\\d\\d \\| +- ");
    assertThat(told("data_joint_simclr_1", "mode")).isEqualTo("joint");
    Ending labels = reproduce("table4" + same);
    double tenth =
        new ObjectMapper()
            .readTree(
                folder.resolve("out/data_umm_simclr_1_finetune-weights-10-/summary.json").toFile())
            .get("table")
            .get(1)
            .get("top1")
            .asDouble();
    assertThat(row(labels.out(), "data | simclr + UMM"))
        .contains(String.format(Locale.ROOT, "%.2f |", tenth))
        .contains("67.2 ± 0.3");
  }

  /** Of few epochs of the same runs as {@link #monitors}. */
  @Test
  void figures() throws IOException {
    String same = " --epochs 3 --umm-epochs 1 --seeds 1";
    Ending stages = reproduce("figure1" + same);
    assertThat(stages.out()).containsPattern("simclr, data \\| +layer1 \\| +\\d+\\.\\d\\d ");
    Ending umm = reproduce("figure5" + same);
    assertThat(umm.out()).containsPattern("simclr, data \\| +crr \\| +[01]\\.\\d\\d\\d ");
    Ending rates = reproduce("figure7" + same);
    for (String schedule : List.of("warmup-cosine", "constant", "cosine", "exponential")) {
      assertThat(rates.out()).contains(" " + schedule + " |");
      assertThat(told("data_" + schedule + "_simclr_1", "schedule")).isEqualTo(schedule);
    }
    for (String figure : List.of("figure1", "figure5", "figure7")) {
      assertThat(Files.readString(folder.resolve("out/" + figure + ".svg")))
          .contains("simclr, data", "<polyline");
    }
  }

  /**
   * Evaluations have times, too, and those that train have steps: of two labeled pictures, one in
   * each of 50 epochs.
   */
  @Test
  void aDryRunCountsEvaluations() {
    String same = " --epochs 1 --umm-epochs 1 --seeds 1 --dry-run";
    assertThat(reproduce("table4" + same).out())
        .containsPattern("finetune-weights-10- +\\| +50 \\| +0\\.\\d{3} \\| +1 \\|");
    for (String each : List.of("table2", "table8 --long-tail 3", "guillotine")) {
      assertThat(reproduce(each + same).out())
          .containsPattern("weights[-a-z]* +\\| +0 \\| +- \\| +1 \\| +\\d+ s");
    }
  }

  /** The table's numbers are those of the files that the runs wrote. */
  @Test
  void demonstration() throws IOException, InterruptedException {
    String[] line =
        line(
            "demo --epochs 4 --monitor 1 --umm-epochs 1 --seeds 2 --pretrain-images 15"
                + " --monitor-images 5 --probe-images 8");
    // It has one thread, which is decided once in a process.
    Process process =
        new ProcessBuilder(ChildProgram.command(List.of(), Main.class.getName(), List.of(line)))
            .redirectErrorStream(true)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    double[] first = {monitored(1, 1), monitored(2, 1)};
    double[] last = {monitored(1, 4), monitored(2, 4)};
    double difference = (last[0] + last[1] - first[0] - first[1]) / 2;
    assertThat(row(out, "loss of pictures held out"))
        .contains(String.format(Locale.ROOT, " %.2f ± ", (first[0] + first[1]) / 2))
        .contains(String.format(Locale.ROOT, " %.2f ± ", (last[0] + last[1]) / 2))
        .contains(String.format(Locale.ROOT, "%+.2f ± ", difference));
    double umm = (last(1, "after", "5-nn", DEMO) + last(2, "after", "5-nn", DEMO)) / 2;
    assertThat(row(out, "UMM")).contains(String.format(Locale.ROOT, " %.2f ± ", umm));
    double steps = (last(1, "ssl-steps", "5-nn", DEMO) + last(2, "ssl-steps", "5-nn", DEMO)) / 2;
    assertThat(row(out, "ssl-steps")).contains(String.format(Locale.ROOT, " %.2f ± ", steps));
    assertThat(Files.readString(folder.resolve("out/report.html")))
        .contains("<svg", "held out", "epochs 1 to 1", "epochs 4 to 4");
  }

  /** The held-out loss of a seed at an epoch. */
  private static double monitored(int seed, int epoch) throws IOException {
    List<String> lines =
        Files.readAllLines(folder.resolve("out/data_few_simclr_" + seed + "/monitor.csv"));
    int column = List.of(lines.get(0).split(",")).indexOf("loss_heldout");
    return lines.stream()
        .map(line -> line.split(","))
        .filter(cells -> cells[1].equals(Integer.toString(epoch)) && cells[3].equals("pool"))
        .mapToDouble(cells -> Double.parseDouble(cells[column]))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void refusesInOneLine() {
    for (List<String> each :
        List.of(
            List.of("table99", "table1, table2, table3, table4"),
            List.of("table1 --seeds 0", "--seeds"),
            List.of("table1 --seed 3", "table1 chooses it"),
            List.of("table1 --nonsense", "--nonsense"),
            List.of("repairs --alpha 1", "--alpha: with --mode held-out there are none"),
            List.of("table1 --boxes here", "--boxes: table1 is not of detection"),
            List.of("table5", "needs PASCAL VOC, and there is no data/VOC2007"))) {
      Ending refused = reproduce(each.get(0));
      assertThat(refused.status()).as(each.get(0)).isEqualTo(2);
      assertThat(refused.err()).startsWith("error: ").contains(each.get(1)).hasLineCount(1);
    }
    // Before the first of its cells, not of each.
    for (String command : List.of("reproduce table1", "sweep umm --over seed=1..2")) {
      List<Object> all = new ArrayList<>(Arrays.asList((Object[]) command.split(" ")));
      all.addAll(List.of("--device", "gpu:77", "--data", folder.resolve("data")));
      all.addAll(List.of("--out", folder.resolve("nowhere")));
      Ending nowhere = Ending.of(all.toArray());
      assertThat(nowhere.status()).as(nowhere.out()).isEqualTo(2);
      assertThat(nowhere.err()).contains("there is no gpu:77").hasLineCount(1);
      assertThat(folder.resolve("nowhere")).doesNotExist();
    }
    Ending missing = Ending.of("reproduce", "table1", "--scale", "small");
    assertThat(missing.status()).isEqualTo(2);
    assertThat(missing.err())
        .contains("needs CIFAR-10, and there is no data/cifar-10-binary.tar.gz")
        .hasLineCount(1);
    assertThat(Ending.of("reproduce", "list").out()).contains("figure7").contains("table12");
  }
}
