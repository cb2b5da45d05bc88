package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.report.ConsoleProgress;
import io.github.bilevel4j.examples.report.Curves;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.run.MetricsFile;
import io.github.bilevel4j.run.MetricsListener;
import io.github.bilevel4j.run.Training;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The measurements of a generic bi-level problem: for a picture and a folder, if asked for. */
final class Recording implements AutoCloseable {
  private final PrintingCommand console;
  private final Optional<Path> picture;
  private final FailedWrites failures;
  private final Optional<RunFolder> folder;
  private final Optional<MetricsFile> metrics;
  private final Curves curves = new Curves();
  private boolean finished;

  /**
   * Makes the folder.
   *
   * @throws IllegalArgumentException if it exists or cannot be made, or the picture's does not
   *     exist
   */
  Recording(PrintingCommand console, Optional<Path> picture, Optional<String> folder) {
    this.console = console;
    this.picture = picture;
    this.failures = new FailedWrites(console::warn);
    picture.ifPresent(Recording::requireFolderOf);
    this.folder = folder.map(name -> RunFolder.create(name, "bilevel"));
    this.metrics = this.folder.map(made -> made.metrics(failures));
  }

  /**
   * Fails if a picture could not be written in the end.
   *
   * @throws IllegalArgumentException if its folder does not exist
   */
  static void requireFolderOf(Path picture) {
    if (!Files.isDirectory(picture.toAbsolutePath().getParent())) {
      throw UsageError.in("--plot")
          .because("there is no folder %s", picture.toAbsolutePath().getParent())
          .maybe("the folder has to be made first.");
    }
  }

  /** Hears of the measurements of a phase. */
  MetricsListener phase(String name) {
    MetricsListener drawn = curves.phase(name);
    return metrics
        .map(file -> file.phase(name))
        .<MetricsListener>map(
            written ->
                (step, measurements) -> {
                  drawn.measured(step, measurements);
                  written.measured(step, measurements);
                })
        .orElse(drawn);
  }

  /** A loop whose measurements are recorded, and whose progress is shown. */
  Training training(String name) {
    return Training.named(name).progress(ConsoleProgress.on(System.err)).hook(phase(name));
  }

  /** Draws what was measured; returns the exit status. */
  int finish() {
    finished = true;
    Stream.concat(picture.stream(), folder.map(made -> made.file("curves.png")).stream())
        .forEach(this::draw);
    metrics.ifPresent(file -> failures.attempt(folder.get().file("metrics.csv"), file::sync));
    return CommandRun.status(failures.messages(), console);
  }

  private void draw(Path file) {
    failures.attempt(
        file,
        () -> {
          folder.ifPresent(RunFolder::ensureThere);
          console.print(curves.write(file).orElse("curves in " + file));
        });
  }

  /** What was measured before a failure is drawn too. */
  @Override
  public void close() {
    if (!finished) {
      finish();
    }
    metrics.ifPresent(MetricsFile::close);
    folder.ifPresent(RunFolder::close);
  }
}
