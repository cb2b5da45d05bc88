package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.experiment.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.ParseResult;

/** The folder of a training that has ended, from which its experiment can be made again. */
record SavedRun(Path folder, Map<String, Object> config) {
  /** What is the same in runs that differ in the seed alone. */
  private static final ImmutableList<String> ALIKE =
      ImmutableList.of(
          "command", "method", "preset", "encoder", "data", "subset", "classes", "image-size");

  /**
   * Opens a folder.
   *
   * @throws UsageError if there is no run in it, or one that has left no weights
   */
  static SavedRun of(Path folder) {
    try (RunFolder run = RunFolder.open(folder)) {
      SavedRun saved = new SavedRun(folder, run.config());
      weights("guillotine", folder);
      return saved;
    }
  }

  /** The weights with which a run has ended. */
  Path weights() {
    return weights("guillotine", folder);
  }

  /**
   * The weights in the folder of a run.
   *
   * @param operation what needs them, for the message
   * @throws UsageError if there are none
   */
  static Path weights(String operation, Path folder) {
    return Stream.of("weights.safetensors", "pretrained.safetensors")
        .map(folder::resolve)
        .filter(Files::exists)
        .findFirst()
        .orElseThrow(
            () ->
                UsageError.in(operation)
                    .because("the folder %s holds no weights.safetensors", folder)
                    .maybe("the folder of a run of umm or pretrain was meant."));
  }

  /**
   * The settings that it was begun with.
   *
   * @param warned hears if relative paths among them start elsewhere
   * @throws UsageError if it was not begun by a command that trains an encoder
   */
  ExperimentSettings settings(Consumer<String> warned) {
    String[] arguments = ResumeCommand.arguments(folder, config, warned).toArray(String[]::new);
    ParseResult parsed = Main.programFor(arguments).parseArgs(arguments);
    Object command =
        parsed.hasSubcommand() ? parsed.subcommand().commandSpec().userObject() : parsed;
    if (command instanceof TrainingCommand training) {
      return training.settings();
    }
    throw UsageError.in("guillotine")
        .because("%s is of the command %s, which trains no encoder", folder, config.get("command"))
        .maybe("the folder of a run of umm or pretrain was meant.");
  }

  /**
   * Fails if another run differs in more than the seed.
   *
   * @throws UsageError if so
   */
  void requireLike(SavedRun other) {
    for (String name : ALIKE) {
      if (!Objects.equals(config.get(name), other.config.get(name))) {
        throw UsageError.in("guillotine")
            .because("the runs differ in %s", name)
            .value(folder.toString(), config.get(name))
            .value(other.folder.toString(), other.config.get(name))
            .maybe("runs that differ in the seed alone were meant.");
      }
    }
  }

  /** Whether the heads stood still in its last training, with the running statistics of before. */
  boolean hasHeadsOfBefore() {
    return "umm".equals(config.get("command")) && !"joint".equals(config.get("mode"));
  }
}
