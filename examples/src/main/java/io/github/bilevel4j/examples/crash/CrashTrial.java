package io.github.bilevel4j.examples.crash;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.github.bilevel4j.examples.process.ChildProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Makes a small run in a process of its own; makes it again, kills it by {@code SIGKILL} at random
 * moments, resumes it each time, and compares weights and measurements with those of the first, bit
 * by bit.
 */
public final class CrashTrial implements AutoCloseable {
  private static final ImmutableList<String> COMPARED =
      ImmutableList.of("metrics.csv", "pretrained.safetensors", "weights.safetensors");

  /** A step: at any time. */
  private static final ImmutableList<Moment> AIMS =
      ImmutableList.of(Moment.STEP, Moment.CHECKPOINT, Moment.METRICS, Moment.SAVE);

  private static final long POLL_MILLISECONDS = 1;

  private final String program;
  private final ImmutableList<String> arguments;
  private final SplittableRandom random;
  private final Consumer<String> told;
  private final Path folder;
  private final int each;
  private final Map<Moment, Integer> kills = new EnumMap<>(Moment.class);
  private final List<String> differences = new ArrayList<>();
  private Duration whole = Duration.ZERO;
  private int runs;

  /**
   * A trial of a command.
   *
   * @param program the name of its main class
   * @param arguments those of the run, without its folder
   * @param each how many times a run is killed at most
   * @param told hears of each run that has ended, in one line
   */
  public CrashTrial(
      String program, List<String> arguments, int each, long seed, Consumer<String> told) {
    this.program = program;
    this.arguments = ImmutableList.copyOf(arguments);
    this.each = each;
    this.random = new SplittableRandom(seed);
    this.told = told;
    try {
      this.folder = Files.createTempDirectory("crash");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills so many times, and goes on with the last run to its end. */
  public void run(int number) {
    try {
      Stopwatch watch = Stopwatch.createStarted();
      end(begin("reference"), "reference");
      whole = watch.elapsed();
      while (kills() < number) {
        String name = "run" + runs;
        killed(name, number);
        compare(name);
        MoreFiles.deleteRecursively(folder.resolve(name), RecursiveDeleteOption.ALLOW_INSECURE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Runs that end before their moment has come are compared, too. */
  private void killed(String name, int number) throws IOException, InterruptedException {
    Process process = begin(name);
    for (int times = 0; times < each && kills() < number; times++) {
      Optional<Moment> moment = moment(process, folder.resolve(name));
      if (moment.isEmpty()) {
        break;
      }
      process.destroyForcibly().waitFor();
      kills.merge(moment.get(), 1, Integer::sum);
      process = again(name);
    }
    end(process, name);
  }

  /** Waits for the moment to kill, or for the end. In three of four lives one of writing. */
  private Optional<Moment> moment(Process process, Path run)
      throws IOException, InterruptedException {
    Moment aim = AIMS.get(random.nextInt(AIMS.size()));
    long measured = size(run.resolve("metrics.csv"));
    // What goes on takes less than the whole, and it is to be killed before its end.
    long patience = random.nextLong(1, Math.max(2, whole.toMillis() * 2 / 3));
    if (process.waitFor(patience, TimeUnit.MILLISECONDS)) {
      return Optional.empty();
    }
    while (process.isAlive()) {
      if (aim == Moment.METRICS
          ? size(run.resolve("metrics.csv")) > measured
          : aim == Moment.STEP || Moment.of(run) == aim) {
        return Optional.of(aim == Moment.STEP ? Moment.of(run) : aim);
      }
      if (aim == Moment.METRICS) {
        measured = size(run.resolve("metrics.csv"));
      }
      Thread.sleep(POLL_MILLISECONDS);
    }
    return Optional.empty();
  }

  private static long size(Path file) throws IOException {
    return Files.exists(file) ? Files.size(file) : 0;
  }

  /** Killed before there was a configuration, it cannot be resumed: it has not begun. */
  private Process again(String name) throws IOException {
    Path run = folder.resolve(name);
    if (Files.exists(run.resolve("config.json"))) {
      return start(name, List.of("resume", run.toString()));
    }
    if (Files.exists(run)) {
      MoreFiles.deleteRecursively(run, RecursiveDeleteOption.ALLOW_INSECURE);
    }
    return begin(name);
  }

  private Process begin(String name) throws IOException {
    return start(
        name,
        ImmutableList.<String>builder()
            .addAll(arguments)
            .add("--out", folder.resolve(name).toString())
            .build());
  }

  private Process start(String name, List<String> command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            ChildProgram.command(List.of("-XX:TieredStopAtLevel=1"), program, command));
    builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".log").toFile()));
    return builder.start();
  }

  private void end(Process process, String name) throws IOException, InterruptedException {
    int status = process.waitFor();
    if (status != 0) {
      List<String> said = Files.readAllLines(folder.resolve(name + ".log"));
      throw new IllegalStateException(
          "a run ended with status %d: %s"
              .formatted(
                  status,
                  String.join("\n", said.subList(Math.max(0, said.size() - 5), said.size()))));
    }
  }

  private void compare(String name) throws IOException {
    runs++;
    List<String> others = new ArrayList<>();
    for (String file : COMPARED) {
      Path expected = folder.resolve("reference").resolve(file);
      Path found = folder.resolve(name).resolve(file);
      if (Files.exists(expected)
          && (Files.notExists(found) || Files.mismatch(expected, found) >= 0)) {
        others.add(name + "/" + file);
      }
    }
    try (Stream<Path> files = Files.walk(folder.resolve(name))) {
      files
          .filter(file -> file.toString().endsWith(".part"))
          .forEach(file -> others.add(name + " has left " + file.getFileName()));
    }
    differences.addAll(others);
    told.accept(
        "%s after %d kills in all: %s"
            .formatted(name, kills(), others.isEmpty() ? "the same" : others));
  }

  /** The number of kills until now. */
  public int kills() {
    return kills.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** The number of runs that were compared. */
  public int runs() {
    return runs;
  }

  /** The files that were not the same. */
  public ImmutableList<String> differences() {
    return ImmutableList.copyOf(differences);
  }

  /** When it was killed, as a Markdown table. */
  public String table() {
    StringBuilder table = new StringBuilder("| killed during | kills |\n| --- | ---: |\n");
    Arrays.stream(Moment.values())
        .forEach(m -> table.append("| %s | %d |%n".formatted(m, kills.getOrDefault(m, 0))));
    return table.toString().stripTrailing();
  }

  @Override
  public void close() {
    try {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
