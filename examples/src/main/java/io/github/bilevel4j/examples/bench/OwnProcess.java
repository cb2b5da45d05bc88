package io.github.bilevel4j.examples.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.Iterables;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.process.ChildProgram;
import io.github.bilevel4j.file.WholeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A virtual machine that measures one way to compute a hypergradient and ends: what other ways or
 * the exact solution needed is not in its memory.
 */
public final class OwnProcess {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int REFUSED = 2;
  private static final String TASK = "task.json";
  private static final String REFERENCE = "reference";
  private static final String ANSWER = "answer";
  private static final String LOG = "log";

  private OwnProcess() {}

  /**
   * What to measure.
   *
   * @param problem which
   * @param small whether it is not of full size
   * @param candidate the name
   * @param device in the form that {@link Device#parse} reads
   * @param precision unless the candidate has its own
   * @param effort how long
   */
  public record Task(
      HypergradientProblem problem,
      boolean small,
      String candidate,
      String device,
      Precision precision,
      Measured.Effort effort) {

    private HypergradientTime measured(Reference reference) {
      Candidate chosen =
          Iterables.getOnlyElement(problem.workload(small).candidates(Set.of(candidate)));
      try (Engine engine =
          TensorFlowEngine.open(Device.parse(device), chosen.precision().orElse(precision))) {
        return HypergradientTime.of(chosen, reference, effort, engine);
      }
    }
  }

  /**
   * Measures in a process of its own.
   *
   * @throws IllegalArgumentException if the process refuses the task
   * @throws IllegalStateException if it fails
   */
  public static HypergradientTime measure(Task task, Reference reference) {
    try {
      Path folder = Files.createTempDirectory("hypergradient");
      try {
        return measure(task, reference, folder);
      } finally {
        MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HypergradientTime measure(Task task, Reference reference, Path folder)
      throws IOException {
    WholeFile.write(folder.resolve(TASK), JSON.writeValueAsBytes(task));
    reference.write(folder.resolve(REFERENCE));
    int status = start(folder).onExit().join().exitValue();
    if (status == REFUSED) {
      throw retold(Files.readString(folder.resolve(ANSWER)));
    }
    if (status != 0) {
      throw new IllegalStateException(
          String.format(
              "measure \"%s\": the process that did it ended with status %d.\n  said  %s\n"
                  + "Maybe the machine has too little memory for it.",
              task.candidate(), status, lastWords(folder)));
    }
    return JSON.readValue(folder.resolve(ANSWER).toFile(), HypergradientTime.class);
  }

  /** The error whose message the other process has left. */
  private static UsageError retold(String message) {
    int colon = message.indexOf(": ");
    return UsageError.in(message.substring(0, colon))
        .because("%s", message.substring(colon + 2).replaceFirst("\\.$", ""))
        .error();
  }

  private static Process start(Path folder) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            ChildProgram.command(
                List.of(), OwnProcess.class.getName(), List.of(folder.toString())));
    builder.redirectErrorStream(true).redirectOutput(folder.resolve(LOG).toFile());
    return builder.start();
  }

  private static void delete(Path folder) {
    try {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String lastWords(Path folder) throws IOException {
    List<String> lines = Files.readAllLines(folder.resolve(LOG));
    return lines.stream()
        .filter(line -> line.startsWith("Exception") || line.startsWith("#"))
        .findFirst()
        .orElse(lines.isEmpty() ? "nothing" : lines.get(lines.size() - 1));
  }

  /**
   * Measures what the task in a folder says.
   *
   * @param arguments the folder
   * @throws IOException if a file of the folder cannot be read or written
   */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    ChildProgram.whenLeftAlone(() -> delete(folder));
    try {
      Task task = JSON.readValue(folder.resolve(TASK).toFile(), Task.class);
      HypergradientTime time = task.measured(Reference.read(folder.resolve(REFERENCE)));
      WholeFile.write(folder.resolve(ANSWER), JSON.writeValueAsBytes(time));
    } catch (UsageError e) {
      WholeFile.write(folder.resolve(ANSWER), String.valueOf(e.getMessage()));
      System.exit(REFUSED);
    }
  }
}
