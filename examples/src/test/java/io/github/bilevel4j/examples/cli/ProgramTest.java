package io.github.bilevel4j.examples.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.bilevel4j.examples.diagnosis.Machine;
import io.github.bilevel4j.weights.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The program in a process of its own: outputs that fail, limits of the disk, kills, signals. */
@EnabledOnOs(OS.LINUX)
class ProgramTest {
  private static final int KILLS = 2;
  private static final int ENDLESS = 100_000;
  private static final Pattern MEMORY =
      Pattern.compile("memory  ([\\d,]+) MB at most, of 1,040 MB");

  @TempDir static Path shared;

  @TempDir Path folder;

  @BeforeAll
  static void drawPictures() throws IOException {
    CommandLineTest.drawPictures(shared.resolve("data"));
  }

  /** Behind a shell, whose script has the program's command line as "$@". */
  private Process start(String script, Object... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("bash", "-c", script, "bash"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-Djava.io.tmpdir=" + folder);
    command.add(Main.class.getName());
    Stream.of(arguments).map(String::valueOf).forEach(command::add);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    return builder.redirectErrorStream(true).start();
  }

  private static Ending ended(Process process) throws IOException, InterruptedException {
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Ending(process.waitFor(), said, "");
  }

  @Test
  void outputThatCannotBeWritten() throws Exception {
    assertThat(ended(start("\"$@\" > /dev/full", "list")))
        .isEqualTo(
            new Ending(1, "error: the output cannot be written: No space left on device\n", ""));
    assertThat(ended(start("\"$@\" | true; exit ${PIPESTATUS[0]}", "list")))
        .isEqualTo(new Ending(StandardStreams.CLOSED_PIPE, "", ""));
    assertThat(ended(start("\"$@\" > /dev/null", "list"))).isEqualTo(new Ending(0, "", ""));
  }

  private Process pretraining(String script, Path out, int epochs) throws IOException {
    return start(
        script,
        "pretrain",
        "simclr",
        "--data",
        shared.resolve("data"),
        "--batch",
        8,
        "--device",
        "cpu",
        "--epochs",
        epochs,
        "--out",
        out);
  }

  /** A pre-training without end, once it has measured something. */
  private Process underWay(Path out) throws IOException, InterruptedException {
    Process process = pretraining("exec \"$@\"", out, ENDLESS);
    Path metrics = out.resolve("metrics.csv");
    while (process.isAlive() && !(Files.exists(metrics) && Files.size(metrics) > 100)) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    assertThat(process.isAlive()).isTrue();
    return process;
  }

  private static void assertNothingIsCut(Path run) throws IOException {
    try (Stream<Path> files = Files.list(run)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".json")) {
          assertThat(new ObjectMapper().readTree(file.toFile()).isObject()).isTrue();
        } else if (name.endsWith(".png")) {
          assertThat(ImageIO.read(file.toFile()).getWidth()).isPositive();
        } else if (name.endsWith(".safetensors")) {
          assertThat(SafeTensors.read(file)).isNotEmpty();
        }
      }
    }
  }

  /** No file may be longer than 64 KiB: the weights are. */
  @Test
  void weightsThatTheDiskRefuses() throws Exception {
    Path out = folder.resolve("run");
    Ending ended = ended(pretraining("ulimit -f 64; \"$@\"", out, 1));
    assertThat(ended.status()).as(ended.out()).isEqualTo(1);
    assertThat(ended.out())
        .contains("error: " + out.resolve("weights.safetensors") + " cannot be written: File too")
        .doesNotContain("\tat ");
    assertThat(out.resolve("weights.safetensors")).doesNotExist();
    assertThat(out.resolve("metrics.csv")).content().endsWith("\n").contains("pretrain,1,total,");
    assertThat(out.resolve("summary.json")).isNotEmptyFile();
    assertThat(out).isDirectoryNotContaining("glob:**.part");
    assertNothingIsCut(out);
  }

  @Test
  void killedAnywhereNothingIsCut() throws Exception {
    Random random = new Random(3);
    for (int i = 0; i < KILLS; i++) {
      Path out = folder.resolve("run" + i);
      Process process = underWay(out);
      TimeUnit.MILLISECONDS.sleep(random.nextInt(500));
      process.destroyForcibly().waitFor();
      assertNothingIsCut(out);
    }
  }

  /** As with Ctrl-C the step under way is finished, and everything is put away. */
  @Test
  void endedBySignalEverythingIsPutAway() throws Exception {
    Path out = folder.resolve("run");
    Process process = underWay(out);
    process.toHandle().destroy(); // Of the process itself it would close the streams too.
    assertThat(ended(process).out()).contains("interrupted; what was done is in " + out);
    for (String name : new String[] {"weights.safetensors", "summary.json", "curves.png"}) {
      assertThat(out.resolve(name)).isNotEmptyFile();
    }
    assertNothingIsCut(out);
  }

  /**
   * Training, its checkpoint and an evaluation in an engine of another precision: a checkpoint that
   * is copied whole, or engines with a budget each, take more or are refused.
   */
  @Test
  void aWholeRunKeepsWithinItsBudget() throws Exception {
    Path out = folder.resolve("run");
    int budget = 1040;
    Ending ended =
        ended(
            start(
                // As the launcher does where a budget is given.
                "java=$1; shift; exec \"$java\" -XX:+UseSerialGC -XX:MaxNewSize=256m -Xms64m"
                    + " -XX:-ShrinkHeapInSteps -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=30 \"$@\"",
                "pretrain",
                "byol",
                "--data",
                shared.resolve("data"),
                "--encoder",
                "resnet18",
                "--batch",
                8,
                "--device",
                "cpu",
                "--epochs",
                1,
                "--memory",
                budget + "m",
                "--out",
                out));
    assertThat(ended.status()).as(ended.out()).isZero();
    Matcher memory = MEMORY.matcher(ended.out());
    assertThat(memory.find()).as(ended.out()).isTrue();
    assertThat(Integer.parseInt(memory.group(1).replace(",", "")))
        .isGreaterThan(budget / 2)
        .isLessThan(budget * 26 / 25);
  }

  @Test
  void nativesThatAreMissingAreToldInOneLine() {
    LinkageError missing = new UnsatisfiedLinkError("no jnitensorflow in java.library.path");
    missing.initCause(new UnsatisfiedLinkError("/cache/libjnitensorflow.so: cut\nand more"));
    assertThat(Machine.concernsNatives(missing)).isTrue();
    assertThat(Machine.concernsNatives(new NoClassDefFoundError("com/example/Other"))).isFalse();
    assertThat(Machine.whyNoNatives(missing))
        .startsWith("TensorFlow's natives do not load: /cache/libjnitensorflow.so: cut.  natives ")
        .contains(" MB free in ")
        .hasLineCount(1);
  }
}
