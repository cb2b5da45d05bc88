package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.experiment.RunFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;

/** Goes on with a run. */
@Command(
    name = "resume",
    description =
        "Goes on with a run that was interrupted or killed, from its newest intact checkpoint, to"
            + " the numbers with which it would have ended without.")
final class ResumeCommand extends PrintingCommand {
  private static final String FROM = "begun in";

  /** The option, of those who know, to go on in a folder. */
  static final String OPTION = "--resume-in";

  @Parameters(paramLabel = "RUN", description = "the run's folder")
  private Path path;

  /** What the configuration of a run must have for it to be resumed. */
  static Map<String, Object> beginning(CommandSpec command) {
    return ImmutableMap.of(
        RunFolder.ARGUMENTS,
        command.root().commandLine().getParseResult().originalArgs(),
        FROM,
        Path.of("").toAbsolutePath().toString());
  }

  @Mixin private ReplicaOptions replicas = new ReplicaOptions();

  @Override
  public Integer call() {
    Map<String, Object> config = config();
    if (RunFolder.isFinished(path)) {
      print("%s is finished: there is nothing to do", path);
      return 0;
    }
    List<String> arguments = replicas.inPlaceOf(spec, arguments(path, config, this::warn));
    return Main.run(
        spec.commandLine().getOut(),
        spec.commandLine().getErr(),
        Stream.concat(arguments.stream(), Stream.of(OPTION, path.toString()))
            .toArray(String[]::new));
  }

  /** Another replica of the run, which began before this one, has the folder. */
  private Map<String, Object> config() {
    if (replicas.isFollowing()) {
      return RunFolder.config(path).orElseGet(ImmutableMap::of);
    }
    try (RunFolder folder = RunFolder.open(path)) {
      return folder.config();
    }
  }

  /**
   * The arguments with which a run was begun.
   *
   * @param config of the run
   * @param warned hears if relative paths among them start elsewhere
   */
  static ImmutableList<String> arguments(
      Path path, Map<String, Object> config, Consumer<String> warned) {
    if (!(config.get(RunFolder.ARGUMENTS) instanceof List<?> given)) {
      throw UsageError.in("resume")
          .because("%s does not tell with which arguments it was begun", path)
          .maybe("it is of an older version: the command itself should be given again.");
    }
    String from = String.valueOf(config.get(FROM));
    if (!Path.of("").toAbsolutePath().toString().equals(from)) {
      warned.accept("warning: the run was begun in " + from + ", where its relative paths start");
    }
    return given.stream().map(Object::toString).collect(ImmutableList.toImmutableList());
  }
}
