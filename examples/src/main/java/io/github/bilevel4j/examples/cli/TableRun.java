package io.github.bilevel4j.examples.cli;

import com.google.common.base.Stopwatch;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.examples.cli.TableCell.Moment;
import io.github.bilevel4j.run.Training;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Fills a table cell by cell, all methods with one seed after another. What is there already is not
 * computed again. A method that diverges or cannot use the batch leaves its cells empty and the
 * others alone.
 */
final class TableRun {
  private static final String PIXELS = "raw pixels";
  private static final String UNTRAINED = "untrained encoder";

  private final TableOptions options;
  private final UmmOptions umm;
  private final RunFolder folder;
  private final BooleanSupplier interrupted;
  private final PrintWriter out;
  private final TableCells cells;
  private final List<String> failures = new ArrayList<>();
  private final Stopwatch watch = Stopwatch.createStarted();
  private int added;
  private int skipped;

  TableRun(
      TableOptions options,
      UmmOptions umm,
      RunFolder folder,
      BooleanSupplier interrupted,
      PrintWriter out) {
    this.options = options;
    this.umm = umm;
    this.folder = folder;
    this.interrupted = interrupted;
    this.out = out;
    this.cells = TableCells.in(folder.file("table.csv"));
  }

  /** Computes what is missing; returns the exit status. */
  int all() {
    for (long seed : options.seedList()) {
      floors(seed);
      for (MethodKind method : options.methods()) {
        if (!interrupted.getAsBoolean()) {
          attempt(method, seed);
        }
      }
    }
    out.println(new MethodTable(cells.all()));
    failures.forEach(failure -> out.println("failed: " + failure));
    if (interrupted.getAsBoolean()) {
      out.println("interrupted; the same command goes on with " + folder.path());
      return Run.INTERRUPTED;
    }
    out.println("written to " + folder.path());
    return failures.isEmpty() ? 0 : 1;
  }

  /** What any training should improve upon. */
  private void floors(long seed) {
    if (isMissing(UNTRAINED, seed, Moment.BEFORE) && !interrupted.getAsBoolean()) {
      try (Experiment workspace = open(MethodKind.SIMCLR, seed)) {
        ImageDataset data = workspace.data();
        if (isMissing(PIXELS, seed, Moment.BEFORE)) {
          Stopwatch time = Stopwatch.createStarted();
          Features train = Features.ofPixels(data.train());
          Features test = Features.ofPixels(data.test());
          Scores scores = Scores.of(workspace.engine(), seed, train, test);
          add(new TableCell(PIXELS, seed, Moment.BEFORE, scores, seconds(time)));
        }
        add(cell(UNTRAINED, seed, Moment.BEFORE, workspace, Stopwatch.createStarted()));
      }
    }
  }

  private void attempt(MethodKind method, long seed) {
    if (isMissing(method.toString(), seed, Moment.AFTER)) {
      try (Experiment workspace = open(method, seed)) {
        compute(method, seed, workspace);
      } catch (IllegalArgumentException | IllegalStateException failure) {
        skipped += isMissing(method.toString(), seed, Moment.BEFORE) ? 2 : 1;
        fail(String.format(Locale.ROOT, "%s, seed %d: %s", method, seed, failure.getMessage()));
      }
    }
  }

  private void fail(String message) {
    failures.add(message);
    write();
    out.println("failed: " + message);
    out.flush();
  }

  private void write() {
    StringBuilder text = new StringBuilder(new MethodTable(cells.all()) + "\n");
    failures.forEach(failure -> text.append("\nfailed: ").append(failure).append('\n'));
    folder.writeText("table.md", text.toString());
  }

  private void compute(MethodKind method, long seed, Experiment workspace) {
    int steps = options.ummEpochs() * workspace.stepsPerEpoch();
    Experiment.UmmRun repair = workspace.umm(draws -> umm.settings(draws, steps));
    Path weights = folder.file(method + "-" + seed + ".safetensors");
    Stopwatch time = Stopwatch.createStarted();
    if (Files.exists(weights)) {
      workspace.resume(weights);
    } else {
      workspace.pretrain(training(method));
      if (interrupted.getAsBoolean()) {
        return;
      }
      workspace.save(weights);
    }
    if (isMissing(method.toString(), seed, Moment.BEFORE)) {
      add(cell(method.toString(), seed, Moment.BEFORE, workspace, time));
    }
    time.reset().start();
    repair.run(options.ummEpochs(), training(method));
    if (!interrupted.getAsBoolean()) {
      add(cell(method.toString(), seed, Moment.AFTER, workspace, time));
    }
  }

  private Training training(MethodKind method) {
    return Training.named(method.toString()).interrupted(interrupted);
  }

  private Experiment open(MethodKind method, long seed) {
    return Experiment.open(options.setup(seed), method, options.preset(), options.epochs());
  }

  private boolean isMissing(String row, long seed, Moment moment) {
    return cells.get(row, seed, moment).isEmpty();
  }

  private TableCell cell(
      String row, long seed, Moment moment, Experiment workspace, Stopwatch time) {
    return new TableCell(row, seed, moment, workspace.scores(), seconds(time));
  }

  private static double seconds(Stopwatch time) {
    return time.elapsed(TimeUnit.MILLISECONDS) / 1000.0;
  }

  private void add(TableCell cell) {
    cells.add(cell);
    write();
    added++;
    out.println(cell + remaining());
    out.flush();
  }

  /** How much is left to do, and about how long it takes. */
  private String remaining() {
    long all = options.seeds * (2L + 2L * options.methods().size());
    long left = all - cells.all().stream().filter(this::isAskedFor).count() - skipped;
    double minutes = watch.elapsed(TimeUnit.SECONDS) / 60.0 / added * left;
    return String.format(
        Locale.ROOT, " (%d of %d, about %.0f min left)", all - left, all, Math.ceil(minutes));
  }

  private boolean isAskedFor(TableCell cell) {
    return cell.seed() <= options.seeds
        && (cell.method().equals(PIXELS)
            || cell.method().equals(UNTRAINED)
            || options.methods().stream().anyMatch(m -> m.toString().equals(cell.method())));
  }
}
