package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.shape.Array;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The weights from which several trainings of a run begin, in memory and in a file of the run, for
 * one that is resumed.
 */
final class StartWeights {
  private static final String FILE = "start.safetensors";

  private final Experiment experiment;
  private final ImmutableMap<String, Array> values;

  private StartWeights(Experiment experiment) {
    this.experiment = experiment;
    this.values = experiment.engine().read(experiment.weights());
  }

  /**
   * The present ones; in a run that is resumed after them, those of its file.
   *
   * @throws UsageError if the run had noted them and the file is missing or of another run
   */
  static StartWeights of(Experiment experiment, CommandRun run) {
    Path file = run.folder().file(FILE);
    boolean[] isFirst = {false};
    run.once(
        "start",
        Boolean.class,
        () -> {
          isFirst[0] = true;
          return true;
        });
    if (isFirst[0]) {
      run.save(FILE);
    } else if (Files.exists(file)) {
      experiment.resume(file);
    } else {
      throw UsageError.in("resume")
          .because("%s is missing, with which each of the trainings begins", file)
          .maybe("the command should be run again, in another folder.");
    }
    return new StartWeights(experiment);
  }

  /** Sets encoder and method back to them. */
  void restore() {
    experiment.engine().write(experiment.weights(), values);
  }
}
