package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.io.MoreFiles;
import io.github.bilevel4j.examples.TinyEncoder;
import io.github.bilevel4j.examples.crash.CrashTrial;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that is put back to how a kill would have left it, and goes on. */
class ResumeCommandTest {
  private static final String METRICS = "metrics.csv";

  @TempDir static Path shared;

  @TempDir Path folder;

  @BeforeAll
  static void drawPictures() throws IOException {
    CommandLineTest.drawPictures(shared.resolve("data"));
  }

  private static List<Object> options(String command) {
    List<Object> all = new ArrayList<>(Arrays.asList((Object[]) command.split(" ")));
    all.addAll(List.of("--data", shared.resolve("data"), "--batch", 8, "--device", "cpu"));
    all.addAll(List.of("--keep", 100, "--encoder", TinyEncoder.NAME));
    return all;
  }

  private Path whole(String command) {
    Path run = folder.resolve("run");
    List<Object> all = options(command);
    all.addAll(List.of("--out", run));
    Ending ended = Ending.of(all.toArray());
    assertThat(ended.status()).as(ended.err()).isZero();
    return run;
  }

  private static List<Path> checkpoints(Path run) throws IOException {
    try (Stream<Path> files = Files.list(run.resolve("checkpoints"))) {
      return files.sorted().toList();
    }
  }

  /** Leaves the first few checkpoints, and lines after the last one of which one is cut off. */
  private static void killed(Path run, int checkpoints) throws IOException {
    List<Path> all = checkpoints(run);
    for (Path late : all.subList(checkpoints, all.size())) {
      Files.delete(late);
    }
    for (String file : List.of("weights.safetensors", "curves.png", "summary.json")) {
      Files.delete(run.resolve(file));
    }
    Files.writeString(run.resolve(METRICS), "pretrain,99,tot", StandardOpenOption.APPEND);
  }

  private static Map<?, ?> results(Path run) throws IOException {
    Map<?, ?> summary =
        new ObjectMapper().readValue(run.resolve("summary.json").toFile(), Map.class);
    summary.keySet().removeIf(name -> name.toString().contains("seconds"));
    return summary;
  }

  private static List<String> table(Ending ended) {
    return ended.out().lines().filter(line -> line.startsWith("|")).toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pretrain simclr --epochs 3 --checkpoint 1e",
        "pretrain sdclr --epochs 3 --checkpoint 3steps",
        "pretrain moco-v2 --epochs 3 --checkpoint 3steps",
        "umm --epochs 1 --umm-epochs 2 --checkpoint 1steps --estimator cg --inner-rate 0.005",
        "umm --controls --epochs 1 --umm-epochs 1 --checkpoint 1e --method byol",
        "umm --mode joint --epochs 2 --checkpoint 1steps",
      })
  void endsAsIfNothingHadHappened(String command) throws IOException {
    Path run = whole(command);
    byte[] metrics = Files.readAllBytes(run.resolve(METRICS));
    byte[] weights = Files.readAllBytes(run.resolve("weights.safetensors"));
    Map<?, ?> results = results(run);
    int all = checkpoints(run).size();
    assertThat(all).isGreaterThan(1);
    // Of trainings in two levels, which take long to compile, half of the checkpoints alone.
    int end = command.startsWith("umm") ? all / 2 : 0;
    for (int left = command.startsWith("umm") ? all / 2 : all; left >= end; left -= all / 2) {
      killed(run, left);
      Ending ended = Ending.of("resume", run);
      assertThat(ended.status()).as(ended.err()).isZero();
      assertThat(ended.err()).contains(left == 0 ? "begins anew" : "goes on after");
      assertThat(Files.readAllBytes(run.resolve(METRICS))).isEqualTo(metrics);
      assertThat(Files.readAllBytes(run.resolve("weights.safetensors"))).isEqualTo(weights);
      assertThat(results(run)).isEqualTo(results);
      assertThat(run.resolve("curves.png")).isNotEmptyFile();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bilevel ridge --steps 12 --estimator cg,exact",
        "bilevel imaml --steps 6 --estimator exact",
        "bilevel cleaning --steps 4",
        "bilevel umm-weights --steps 3 --pretrain 3 --batch 8"
      })
  void problemsWithKnownAnswersGoOn(String command) throws IOException {
    Path run = folder.resolve("run");
    List<Object> all = new ArrayList<>(Arrays.asList((Object[]) command.split(" ")));
    all.addAll(List.of("--checkpoint", "2steps", "--keep", 100, "--out", run));
    Ending first = Ending.of(all.toArray());
    assertThat(first.status()).as(first.err()).isZero();
    byte[] metrics = Files.readAllBytes(run.resolve(METRICS));
    List<Path> checkpoints = checkpoints(run);
    for (int left = checkpoints.size(); left > 0; left -= Math.max(1, checkpoints.size() / 2)) {
      for (Path late : checkpoints.subList(left, checkpoints.size())) {
        Files.deleteIfExists(late);
      }
      Files.delete(run.resolve("summary.json"));
      Ending ended = Ending.of("resume", run);
      assertThat(ended.status()).as(ended.err()).isZero();
      assertThat(table(ended)).isEqualTo(table(first));
      assertThat(Files.readAllBytes(run.resolve(METRICS))).isEqualTo(metrics);
    }
  }

  @Test
  void aDamagedCheckpointIsNamedAndTheOneBeforeTaken() throws IOException {
    Path run = whole("pretrain simclr --epochs 2 --checkpoint 2steps");
    byte[] weights = Files.readAllBytes(run.resolve("weights.safetensors"));
    killed(run, 2);
    Path newest = checkpoints(run).get(1);
    byte[] content = Files.readAllBytes(newest);
    content[content.length / 2] ^= 4;
    Files.write(newest, content);
    Ending ended = Ending.of("resume", run);
    assertThat(ended.status()).isZero();
    assertThat(ended.err())
        .contains(newest + " is damaged: its checksum is another one. The one before is taken.")
        .contains("goes on after 2 steps of pretrain");
    assertThat(Files.readAllBytes(run.resolve("weights.safetensors"))).isEqualTo(weights);
  }

  @Test
  void aFinishedRun() {
    Path run = whole("pretrain simclr --epochs 1");
    Ending ended = Ending.of("resume", run);
    assertThat(ended.out()).isEqualTo(run + " is finished: there is nothing to do\n");
    assertThat(ended.status()).isZero();
  }

  /** Of TensorBoard's events none is missing and none is there twice. */
  @Test
  void eventsGoOn() throws IOException {
    Path run =
        whole("pretrain simclr --epochs 2 --checkpoint 2steps --tensorboard=histograms,images");
    Path events = run.resolve("tensorboard/events.out.tfevents.bilevel4j");
    List<String> tags = tags(events);
    assertThat(tags)
        .filteredOn("pretrain/total"::equals)
        .hasSize(Files.readString(run.resolve(METRICS)).split(",total,", -1).length - 1)
        .isNotEmpty();
    assertThat(tags)
        .contains("pretrain/views", "pretrain/steps per second", "pretrain/stem/conv/weight");
    assertThat(run.resolve("report.html")).isNotEmptyFile();
    killed(run, 1);
    assertThat(Ending.of("resume", run).status()).isZero();
    assertThat(tags(events))
        .filteredOn("pretrain/total"::equals)
        .hasSameSizeAs(tags.stream().filter("pretrain/total"::equals).toList());
  }

  /** All texts that are names of what is shown. */
  private static List<String> tags(Path events) throws IOException {
    String content = Files.readString(events, StandardCharsets.ISO_8859_1);
    return Pattern.compile("pretrain/[\\w/ ]*[a-z]|views")
        .matcher(content)
        .results()
        .map(MatchResult::group)
        .toList();
  }

  @Test
  void withoutCheckpoints() {
    Path run = whole("pretrain simclr --epochs 1 --checkpoint off");
    assertThat(run.resolve("checkpoints")).doesNotExist();
  }

  private static void assertRefused(Ending ended, String message) {
    assertThat(ended.err()).contains("error: " + message);
    assertThat(ended.status()).isEqualTo(2);
  }

  @Test
  void whatIsNoRun() throws IOException {
    assertRefused(
        Ending.of("resume", folder.resolve("none")),
        "output folder: there is no folder " + folder.resolve("none"));
    assertRefused(Ending.of("resume", folder), "output folder: " + folder + " holds no readable");
    Files.writeString(folder.resolve("config.json"), "{\"command\": \"pretrain\"}");
    assertRefused(
        Ending.of("resume", folder),
        "resume: " + folder + " does not tell with which arguments it was begun.");
  }

  /** Before a folder is made. */
  @ParameterizedTest
  @ValueSource(strings = {"pretrain simclr", "bilevel ridge", "table --quick"})
  void wrongSettings(String command) {
    Path out = folder.resolve("out");
    List<Object> all = new ArrayList<>(Arrays.asList((Object[]) command.split(" ")));
    all.addAll(List.of("--out", out));
    List<Object> often = new ArrayList<>(all);
    often.addAll(List.of("--checkpoint", "often"));
    assertRefused(Ending.of(often.toArray()), "interval: \"often\" is none.");
    List<Object> none = new ArrayList<>(all);
    none.addAll(List.of("--keep", 0));
    assertRefused(
        Ending.of(none.toArray()), "checkpoints: the number to keep must be 1 or more, got 0.");
    assertThat(out).doesNotExist();
  }

  @Test
  void otherData() throws IOException {
    Path data = folder.resolve("data");
    CommandLineTest.drawPictures(data, 8);
    Path run = folder.resolve("run");
    Ending first =
        Ending.of(
            "pretrain",
            "simclr",
            "--epochs",
            1,
            "--batch",
            8,
            "--device",
            "cpu",
            "--checkpoint",
            "1steps",
            "--data",
            data,
            "--out",
            run);
    assertThat(first.status()).as(first.err()).isZero();
    killed(run, 1);
    Files.delete(data.resolve("train/dark/0.png"));
    assertRefused(
        Ending.of("resume", run), "resume: the data are not those with which the run was begun.");
    assertThat(checkpoints(run)).hasSize(1);
  }

  /** Of another method: the arguments in the configuration were changed. */
  @Test
  void anotherMethod() throws IOException {
    Path run = whole("pretrain simclr --epochs 1 --checkpoint 1steps");
    killed(run, 2);
    Path config = run.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace("\"simclr\"", "\"byol\""));
    Ending ended = Ending.of("resume", run);
    assertRefused(ended, "restore checkpoint: it is of another problem:");
    assertThat(checkpoints(run)).hasSize(2);
  }

  /** By processes that are really killed. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void killedThreeTimes() {
    List<String> arguments =
        options("pretrain byol --epochs 4 --checkpoint 1steps").stream()
            .map(String::valueOf)
            .toList();
    try (CrashTrial trial = new CrashTrial(Main.class.getName(), arguments, 2, 1, line -> {})) {
      trial.run(3);
      assertThat(trial.differences()).isEmpty();
      assertThat(trial.kills()).isEqualTo(3);
      assertThat(trial.runs()).isPositive();
    }
  }

  /** A cell of a table loses what was done since its last checkpoint, and no more. */
  @Test
  void aTableGoesOnWithinACell() throws IOException {
    Path first = folder.resolve("first");
    assertThat(table(first, "--checkpoint", "off").status()).isZero();
    Path second = folder.resolve("second");
    Ending ended = table(second, "--checkpoint", "2steps", "--keep", 1);
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(second.resolve("checkpoints/simclr-1")).doesNotExist();
    assertThat(cells(second)).isEqualTo(cells(first));
    // As if it was killed in the second training: a run of the same method leaves its checkpoints.
    assertThat(Ending.of("resume", second).status()).isZero();
    assertThat(cells(second)).isEqualTo(cells(first));
  }

  private Ending table(Path out, Object... more) {
    List<Object> all = options("table --quick --methods simclr --seeds 1 --epochs 2");
    all.subList(all.indexOf("--keep"), all.indexOf("--keep") + 2).clear();
    all.addAll(List.of("--out", out));
    all.addAll(Arrays.asList(more));
    return Ending.of(all.toArray());
  }

  private static List<String> cells(Path run) throws IOException {
    return MoreFiles.asCharSource(run.resolve("table.csv"), StandardCharsets.UTF_8)
        .readLines()
        .stream()
        .map(line -> line.substring(0, line.lastIndexOf(',')))
        .toList();
  }
}
