package io.github.bilevel4j.examples.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
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

  private final Process process;
  private final BufferedWriter requests;
  private final BufferedReader answers;

  private FuzzProcess(Process process) {
    this.process = process;
    requests = process.outputWriter(UTF_8);
    answers = process.inputReader(UTF_8);
  }

  static FuzzProcess start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            ImmutableList.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                MEMORY,
                "-Djava.awt.headless=true",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:-OmitStackTraceInFastThrow",
                "-XX:ErrorFile=" + System.getProperty("java.io.tmpdir") + "/fuzz-crash.log",
                FuzzProcess.class.getName()));
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().put("TF_CPP_MIN_LOG_LEVEL", "3");
    return new FuzzProcess(builder.redirectError(Redirect.DISCARD).start());
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
      for (Outcome outcome : Kind.of(seeds.get(0)).target().run(seeds)) {
        out.println(OUTCOME + outcome.line());
      }
      out.println(DONE);
    }
  }
}
