package io.github.bilevel4j.examples.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import io.github.bilevel4j.monitor.MonitorRow;
import io.github.bilevel4j.weights.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Monitors of {@code pretrain} and {@code umm}, and what {@code monitor} tells of them. */
class MonitorCommandTest {
  @TempDir static Path shared;

  @TempDir Path folder;

  @BeforeAll
  static void drawPictures() throws IOException {
    CommandLineTest.drawPictures(shared.resolve("data"), 20);
  }

  private Ending run(String command, Object... more) {
    List<Object> all = new ArrayList<>(Splitter.on(' ').splitToList(command));
    all.addAll(List.of("--data", shared.resolve("data"), "--batch", 8, "--device", "cpu"));
    all.addAll(Arrays.asList(more));
    return Ending.of(all.toArray());
  }

  private Path whole(String name, String command) {
    Path run = folder.resolve(name);
    Ending ended = run(command, "--keep", 100, "--out", run);
    assertThat(ended.status()).as(ended.err()).isZero();
    return run;
  }

  private static List<String> untimed(Path run) throws IOException {
    int columns =
        Splitter.on(',').splitToList(MonitorRow.header()).size() - MonitorRow.COSTS.size();
    return Files.readAllLines(run.resolve(MonitorRow.FILE)).stream()
        .map(line -> Splitter.on(',').splitToStream(line).limit(columns).toList().toString())
        .toList();
  }

  private static void killed(Path run, int checkpoints) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.list(run.resolve("checkpoints"))) {
      all = files.sorted().toList();
    }
    for (Path late : all.subList(checkpoints, all.size())) {
      Files.delete(late);
    }
    Files.delete(run.resolve("summary.json"));
    Files.writeString(run.resolve(MonitorRow.FILE), "pretrain,99,1", StandardOpenOption.APPEND);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pretrain simclr --epochs 4 --checkpoint 3steps --monitor 2",
        "pretrain moco-v2 --epochs 3 --checkpoint 3steps --monitor 1 --no-monitor-probe",
        "umm --epochs 1 --umm-epochs 1 --checkpoint 1e --monitor 1",
      })
  void aResumedRunGoesOnWithTheSameValues(String command) throws IOException {
    Path run = whole("run", command);
    List<String> lines = untimed(run);
    assertThat(lines).doesNotHaveDuplicates();
    List<MonitorRow> rows = MonitorRow.read(run);
    assertThat(rows.stream().map(MonitorRow::layer).distinct()).containsExactly("layer1", "pool");
    assertThat(rows.get(rows.size() - 1).phase())
        .isEqualTo(command.startsWith("umm") ? "umm" : "pretrain");
    for (MonitorRow row : rows) {
      assertThat(row.images()).isEqualTo(4);
      assertThat(row.value("crr")).isPositive();
      assertThat(row.value("loss_gap"))
          .isEqualTo(row.value("loss_heldout") - row.value("loss_seen"));
      assertThat(Double.isNaN(row.value("linear"))).isEqualTo(command.contains("--no-monitor"));
    }
    for (int left : new int[] {1, 0}) {
      killed(run, left);
      Ending ended = Ending.of("resume", run);
      assertThat(ended.status()).as(ended.err()).isZero();
      assertThat(untimed(run)).isEqualTo(lines);
    }
    assertThat(run.resolve("report.html")).content().contains("crr, pool");
  }

  /** A longer training does not change what was measured of a shorter one, nor does measuring. */
  @Test
  void measuringMovesNothing() throws IOException {
    Path measured = whole("a", "pretrain byol --epochs 2 --monitor 1");
    Path seldom =
        whole("b", "pretrain byol --epochs 2 --monitor 9 --no-monitor-probe --monitor-form labels");
    assertThat(Files.readAllBytes(measured.resolve("weights.safetensors")))
        .isEqualTo(Files.readAllBytes(seldom.resolve("weights.safetensors")));
    List<MonitorRow> rows = MonitorRow.read(seldom);
    assertThat(rows.stream().map(MonitorRow::epoch)).containsExactly(0, 0, 2, 2);
    assertThat(rows).extracting(MonitorRow::form).containsOnly("labels");
    MonitorRow same = MonitorRow.read(measured).get(0);
    assertThat(rows.get(0).value("rate")).isEqualTo(same.value("rate"));
    assertThat(rows.get(0).value("compressed")).isGreaterThan(same.value("compressed"));
  }

  /** The curve in the file is made to turn, as long as the one that was measured. */
  @Test
  void aCurveThatHasTurnedEndsTheTraining() throws IOException {
    Path run =
        whole(
            "run",
            "pretrain simclr --epochs 16 --monitor 1 --no-monitor-probe --stop-on crr --checkpoint 52steps");
    assertThat(run.resolve("best-crr.safetensors")).exists();
    killed(run, 1);
    Path file = run.resolve(MonitorRow.FILE);
    List<String> turned = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      List<String> cells = new ArrayList<>(Splitter.on(',').splitToList(line));
      if (cells.size() > 12 && !cells.get(1).equals("epoch")) {
        int epoch = Integer.parseInt(cells.get(1));
        double value = epoch <= 5 ? 6 + 0.01 * epoch : 5;
        int length = cells.get(11).length();
        cells.set(11, String.format(Locale.ROOT, "%.20f", value).substring(0, length));
      }
      turned.add(String.join(",", cells));
    }
    Files.writeString(file, String.join("\n", turned));
    Ending ended = Ending.of("resume", run);
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(ended.out())
        .contains("crr has turned; its best epoch is 5,")
        .contains("best by crr")
        .contains("52 steps");
    Ending told = Ending.of("monitor", run);
    assertThat(told.status()).as(told.err()).isZero();
    assertThat(told.out()).contains("no accuracy was measured");
  }

  @Test
  void theBestWeightsAreThoseOfTheirEpoch() throws IOException {
    Path run =
        whole("run", "pretrain simclr --epochs 5 --monitor 1 --no-monitor-probe --stop-on gap");
    String summary = Files.readString(run.resolve("summary.json"));
    int best = summary.contains("\"best epoch\" : 4") ? 4 : 5;
    assertThat(summary).contains("\"best epoch\" : " + best);
    assertThat(SafeTensors.read(run.resolve("best-gap.safetensors")).get("step").toDoubles()[0])
        .isEqualTo(4 * best);
  }

  @Test
  void tablesAndCurves() throws IOException {
    Path a = whole("a", "pretrain simclr --epochs 4 --monitor 1 --seed 1 --tensorboard");
    Path b = whole("b", "pretrain simclr --epochs 4 --monitor 1 --seed 2");
    Ending told = Ending.of("monitor", a, b, "--over-seeds", "--accuracy", "knn");
    assertThat(told.status()).as(told.err()).isZero();
    assertThat(told.out())
        .contains("5 moments, means of 2 runs")
        .containsPattern("\\| crr +\\| +pool \\|")
        .containsPattern("\\| rankme +\\| +2 \\| +no \\|")
        .containsPattern("\\| lidar +\\| +layer1 \\| +\\d+\\.\\d{3} \\|");
    assertThat(a.resolve("monitor.svg")).content().startsWith("<svg").contains("held out");
    assertThat(a.resolve("tensorboard/events.out.tfevents.bilevel4j"))
        .content(ISO_8859_1)
        .contains("pretrain/monitor/crr/pool");
    assertThat(Ending.of("monitor", a, "--over-seeds").err())
        .startsWith("error: --over-seeds: an interval over seeds needs two runs or more, got 1.");
    assertThat(Ending.of("monitor", a, "--phase", "umm").err())
        .contains("has nothing of a training umm.  trainings [pretrain]");
  }

  /** Their coding rates are numbers of different things. */
  @Test
  void runsWithDifferentFormsAreNotOneCurve() {
    Path pairs = whole("pairs", "pretrain simclr --epochs 1 --monitor 1 --no-monitor-probe");
    Path labels =
        whole(
            "labels",
            "pretrain simclr --epochs 1 --monitor 1 --no-monitor-probe --monitor-form labels");
    Ending refused = Ending.of("monitor", pairs, labels);
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err())
        .startsWith("error: monitor: the runs measured coding rates of different forms, pairs and")
        .hasLineCount(1);
  }

  @Test
  void imagesAreHeldOutWithoutAMonitor() throws IOException {
    Path watched =
        whole(
            "watched",
            "pretrain simclr --epochs 1 --monitor 1 --monitor-images 8 --no-monitor-probe");
    Path alone = whole("alone", "pretrain simclr --epochs 1 --monitor-images 8");
    assertThat(Files.readAllBytes(alone.resolve("weights.safetensors")))
        .isEqualTo(Files.readAllBytes(watched.resolve("weights.safetensors")));
    assertThat(alone.resolve(MonitorRow.FILE)).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --monitor 0 | error: --monitor:
          --monitor 1 --monitor-stages nose | nose
          --monitor 1 --monitor-stages pool,pool | error: --monitor-stages: they are not one stage
          --monitor 1 --monitor-neighbors 41 | error: nearest neighbors: k is 41, but there are 40
          --monitor-stages pool | error: --monitor-stages: nothing is measured while
          --monitor-form soft | error: --monitor-form: nothing is measured while
          --stop-on crr | error: --stop-on: nothing is measured while
          """)
  void mistakesAreToldBeforeTheTraining(String options, String message) {
    Ending ended = run("pretrain simclr " + options, "--out", folder.resolve("run"));
    assertThat(ended.status()).as(ended.out()).isEqualTo(2);
    assertThat(ended.err()).contains(message);
    assertThat(ended.err().lines()).hasSize(1);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void labelsThatAreNeededAndAbsent() {
    Path light = shared.resolve("data/train/light");
    Object[] common = {
      "pretrain", "simclr", "--data", light, "--batch", 8, "--epochs", 1, "--monitor", 1
    };
    List<Object> all = new ArrayList<>(Arrays.asList(common));
    all.addAll(List.of("--monitor-probe", "--out", folder.resolve("run")));
    Ending refused = Ending.of(all.toArray());
    assertThat(refused.err())
        .startsWith("error: --monitor-probe: the images have no classes, which evaluation needs.");
    all.set(all.indexOf("--monitor-probe"), "--monitor-form=labels");
    assertThat(Ending.of(all.toArray()).err())
        .startsWith("error: --monitor-form: the held-out images have no labels");
    all.remove("--monitor-form=labels");
    Ending ended = Ending.of(all.toArray());
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(MonitorRow.read(folder.resolve("run")).get(0).value("linear")).isNaN();
  }

  @Test
  void aFolderWithoutMeasurements() {
    assertThat(Ending.of("monitor", folder).err())
        .startsWith("error: monitor: there is no " + folder.resolve(MonitorRow.FILE));
  }
}
