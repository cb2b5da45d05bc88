package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.examples.report.ConsoleProgress;
import io.github.bilevel4j.examples.report.Curves;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.run.MetricsFile;
import io.github.bilevel4j.run.MetricsListener;
import io.github.bilevel4j.run.Training;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The measurements of a generic bi-level problem: for a picture and a folder, if asked for. */
final class Recording implements AutoCloseable {
  private final Optional<Path> picture;
  private final Optional<RunFolder> folder;
  private final Optional<MetricsFile> metrics;
  private final Curves curves = new Curves();

  /**
   * Makes the folder.
   *
   * @throws IllegalArgumentException if it exists or cannot be made
   */
  Recording(Optional<Path> picture, Optional<String> folder) {
    this.picture = picture;
    this.folder = folder.map(name -> RunFolder.create(name, "bilevel"));
    this.metrics = this.folder.map(RunFolder::metrics);
  }

  /** Hears of the measurements of a phase. */
  MetricsListener phase(String name) {
    MetricsListener drawn = curves.phase(name);
    return metrics.map(file -> drawn.and(file.phase(name))).orElse(drawn);
  }

  /** A loop whose measurements are recorded, and whose progress is shown. */
  Training training(String name, MetricsListener... more) {
    return Training.named(name)
        .progress(ConsoleProgress.on(System.err))
        .listener(Stream.of(more).reduce(phase(name), MetricsListener::and));
  }

  /** Draws what was measured. */
  void finish(PrintingCommand console) {
    Stream.concat(picture.stream(), folder.map(made -> made.file("curves.png")).stream())
        .forEach(file -> console.print(curves.write(file).orElse("curves in " + file)));
  }

  @Override
  public void close() {
    metrics.ifPresent(MetricsFile::close);
  }
}
