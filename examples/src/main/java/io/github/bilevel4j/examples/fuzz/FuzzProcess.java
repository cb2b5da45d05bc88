package io.github.bilevel4j.examples.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/** A virtual machine that computes cases and may die of them. */
final class FuzzProcess implements AutoCloseable {
  private static final String OUTCOME = "outcome ";
  private static final String DONE = "done";
  private static final String MEMORY = "-Xmx512m";

  /** Files of Linux that are on no disk, where most of the time would go. */
  private static final Path IN_MEMORY = Path.of("/dev/shm");

  /** Where the process works and has its temporary files, so that all it leaves is seen. */
  private final Path place;

  private final Process process;
  private final BufferedWriter requests;
  private final BufferedReader answers;

  private FuzzProcess(Path place, Process process) {
    this.place = place;
    this.process = process;
    requests = process.outputWriter(UTF_8);
    answers = process.inputReader(UTF_8);
  }

  static FuzzProcess start() throws IOException {
    Path place =
        Files.isWritable(IN_MEMORY)
            ? Files.createTempDirectory(IN_MEMORY, "fuzz")
            : Files.createTempDirectory("fuzz");
    ProcessBuilder builder =
        new ProcessBuilder(
            ImmutableList.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                MEMORY,
                "-Djava.awt.headless=true",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:-OmitStackTraceInFastThrow",
                "-XX:ErrorFile=" + System.getProperty("java.io.tmpdir") + "/fuzz-crash.log",
                "-Djava.io.tmpdir=" + place,
                FuzzProcess.class.getName()));
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().put("TF_CPP_MIN_LOG_LEVEL", "3");
    builder.directory(place.toFile());
    return new FuzzProcess(place, builder.redirectError(Redirect.DISCARD).start());
  }

  /** The outcomes; or what ended the process, which then has to be replaced. */
  record Answer(List<Outcome> outcomes, Optional<String> end) {}

  /** Computes cases of one kind. */
  Answer run(List<Long> seeds, long seconds) throws IOException, InterruptedException {
    CompletableFuture<Optional<List<Outcome>>> answer =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return answer(seeds);
              } catch (IOException e) {
                return Optional.empty();
              }
            });
    try {
      Optional<List<Outcome>> outcomes = answer.get(seconds, TimeUnit.SECONDS);
      if (outcomes.isPresent()) {
        return new Answer(outcomes.get(), Optional.empty());
      }
      return new Answer(
          List.of(), Optional.of("crash with status " + process.onExit().join().exitValue()));
    } catch (TimeoutException | ExecutionException e) {
      process.destroyForcibly().onExit().join();
      return new Answer(List.of(), Optional.of("hang"));
    }
  }

  private Optional<List<Outcome>> answer(List<Long> seeds) throws IOException {
    requests.write(seeds.stream().map(String::valueOf).collect(Collectors.joining(" ", "", "\n")));
    requests.flush();
    List<Outcome> outcomes = new ArrayList<>();
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      if (line.equals(DONE)) {
        return Optional.of(outcomes);
      }
      if (line.startsWith(OUTCOME)) {
        outcomes.add(Outcome.parse(line.substring(OUTCOME.length())));
      }
    }
    return Optional.empty();
  }

  void end() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    end();
    try {
      MoreFiles.deleteRecursively(place, RecursiveDeleteOption.ALLOW_INSECURE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Computes the cases whose seeds come line by line.
   *
   * @param arguments none
   * @throws IOException if the input cannot be read
   */
  public static void main(String[] arguments) throws IOException {
    PrintStream out = new PrintStream(System.out, true, UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      List<Long> seeds = Splitter.on(' ').splitToStream(line).map(Long::valueOf).toList();
      Kind kind = Kind.of(seeds.get(0));
      Target target = kind.target();
      for (List<Long> part : Lists.partition(seeds, kind == Kind.EXPRESSIONS ? seeds.size() : 1)) {
        for (Outcome outcome : target.run(part)) {
          out.println(OUTCOME + outcome.line());
        }
        left(part.get(0), target).ifPresent(outcome -> out.println(OUTCOME + outcome.line()));
      }
      out.println(DONE);
    }
  }

  /** A finding if files are left where the process works, which are then deleted. */
  static Optional<Outcome> left(long seed, Target target) throws IOException {
    Path place = Path.of(System.getProperty("java.io.tmpdir"));
    ImmutableList<String> left = Readers.names(place);
    if (left.isEmpty()) {
      return Optional.empty();
    }
    MoreFiles.deleteDirectoryContents(place, RecursiveDeleteOption.ALLOW_INSECURE);
    return Optional.of(Outcome.finding(seed, "files left", target.text(seed) + "\n" + left));
  }
}
