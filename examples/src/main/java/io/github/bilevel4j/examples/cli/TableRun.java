package io.github.bilevel4j.examples.cli;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.examples.report.Curves;
import io.github.bilevel4j.examples.report.TableCell;
import io.github.bilevel4j.examples.report.TableCell.Stage;
import io.github.bilevel4j.examples.report.TableCells;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.examples.umm.UmmTraining;
import io.github.bilevel4j.experiment.CheckpointSettings;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.Phases;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.experiment.Scores;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.run.DivergedException;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.run.Training.Outcome;
import io.github.bilevel4j.solver.linear.BreakdownException;
import io.github.bilevel4j.solver.step.NotFiniteException;
import io.github.bilevel4j.ssl.MethodRecipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Fills a table cell by cell, all methods with one seed after another. What is there already is not
 * computed again. A method that diverges or cannot use the batch leaves its cells empty and the
 * others alone.
 */
final class TableRun {
  private static final String CELLS = "table.csv";

  private final TableCommand console;
  private final TableOptions options;
  private final RunFolder folder;
  private final BooleanSupplier interrupted;
  private final TableCells cells;
  private final FailedWrites unwritten;
  private final List<String> failures = new ArrayList<>();
  private final Stopwatch watch = Stopwatch.createStarted();
  private final RunReport report = new RunReport();
  private int added;
  private int skipped;

  TableRun(TableCommand console, RunFolder folder, BooleanSupplier interrupted) {
    this.console = console;
    this.options = console.options;
    this.folder = folder;
    this.interrupted = interrupted;
    this.cells = TableCells.in(folder.file(CELLS));
    this.unwritten = new FailedWrites(console::warn);
    cells.cut().ifPresent(console::warn);
  }

  /** Computes what is missing; returns the exit status. */
  int all() {
    for (long seed = 1; seed <= options.seeds; seed++) {
      baselines(seed);
      for (MethodRecipe method : options.methods()) {
        if (!interrupted.getAsBoolean()) {
          attempt(method, seed);
        }
      }
    }
    console.print(new MethodTable(cells.all()));
    unwritten.attempt(folder.file(RunReport.FILE), this::writeReport);
    failures.forEach(failure -> console.print("failed: " + failure));
    int status = CommandRun.status(unwritten.messages(), console);
    if (interrupted.getAsBoolean()) {
      console.print("interrupted; the same command goes on with " + folder.path());
      return CommandRun.INTERRUPTED;
    }
    console.print("written to " + folder.path());
    return failures.isEmpty() ? status : 1;
  }

  private void writeReport() {
    Map<String, Object> results = new LinkedHashMap<>();
    results.put("interrupted", interrupted.getAsBoolean());
    results.put("cells", cells.all().stream().map(TableRun::named).toList());
    if (!failures.isEmpty()) {
      results.put("failed", String.join("; ", failures));
    }
    folder.writeText(RunReport.FILE, report.page(folder, results, new Curves(), Optional.empty()));
  }

  private static Map<String, Object> named(TableCell cell) {
    return ImmutableMap.of(
        "method", cell.method(),
        "seed", cell.seed(),
        "moment", cell.stage(),
        "linear probe %", cell.scores().linear(),
        "5-nn %", cell.scores().neighbors(),
        "coding rate reduction", cell.scores().reduction(),
        "seconds", cell.seconds());
  }

  /** What any training should improve upon. */
  private void baselines(long seed) {
    if (isMissing(MethodTable.UNTRAINED, seed, Stage.BEFORE) && !interrupted.getAsBoolean()) {
      try (Engine engine = options.device.open()) {
        Experiment experiment = open(BuiltInMethod.SIMCLR, seed, engine);
        ImageDataset data = experiment.data();
        if (isMissing(MethodTable.PIXELS, seed, Stage.BEFORE)) {
          Stopwatch time = Stopwatch.createStarted();
          Features train = Features.ofPixels(data.train());
          Features test = Features.ofPixels(data.test());
          Scores scores = Scores.of(experiment.engine(), train, test);
          add(new TableCell(MethodTable.PIXELS, seed, Stage.BEFORE, scores, seconds(time)));
        }
        Stopwatch time = Stopwatch.createStarted();
        Scores scores = scores(experiment);
        add(new TableCell(MethodTable.UNTRAINED, seed, Stage.BEFORE, scores, seconds(time)));
      }
    }
  }

  private void attempt(MethodRecipe method, long seed) {
    if (isMissing(method.id(), seed, Stage.AFTER)) {
      try (Engine engine = options.device.open()) {
        Experiment experiment = open(method, seed, engine);
        compute(method, seed, experiment);
      } catch (UsageError | NotFiniteException | DivergedException | BreakdownException failure) {
        skipped += isMissing(method.id(), seed, Stage.BEFORE) ? 2 : 1;
        failures.add(method.id() + ", seed " + seed + ": " + failure.getMessage());
        write();
        console.print("failed: " + Iterables.getLast(failures));
      }
    }
  }

  private void write() {
    StringBuilder text = new StringBuilder(new MethodTable(cells.all()) + "\n");
    failures.forEach(failure -> text.append("\nfailed: ").append(failure).append('\n'));
    unwritten.attempt(folder.file("table.md"), () -> folder.writeText("table.md", text.toString()));
  }

  private void compute(MethodRecipe method, long seed, Experiment experiment) {
    int steps = options.size().ummEpochs() * experiment.stepsPerEpoch();
    UmmTraining training =
        UmmTraining.bilevel(experiment, draws -> console.umm.settings(draws, steps));
    String cell = method.id() + "-" + seed;
    try (Phases phases = phases(cell, experiment)) {
      Outcome pretrained =
          train(phases, experiment, method, loop -> pretrain(cell, experiment, loop));
      if (pretrained.interrupted()) {
        return;
      }
      if (isMissing(method.id(), seed, Stage.BEFORE)) {
        add(cell(method.id(), seed, Stage.BEFORE, experiment, pretrained));
      }
      Outcome after =
          train(phases, experiment, method, loop -> training.run(options.size().ummEpochs(), loop));
      if (!after.interrupted()) {
        add(cell(method.id(), seed, Stage.AFTER, experiment, after));
        unwritten.attempt(folder.checkpoints(), phases::clear);
      }
    }
  }

  /** Of a cell that was begun before, unless its pre-training is all that is left of it. */
  private Phases phases(String cell, Experiment experiment) {
    Path checkpoints = folder.checkpoints().resolve(cell);
    CheckpointSettings settings = console.checkpoints.settings();
    String data = experiment.dataFingerprint();
    return Files.exists(checkpoints)
        ? Phases.resume(checkpoints, settings, data, unwritten, line -> told(cell, line))
        : Phases.begin(checkpoints, settings, data, unwritten);
  }

  private void told(String cell, String line) {
    console.print(cell + ": " + line);
  }

  private Outcome train(
      Phases phases,
      Experiment experiment,
      MethodRecipe method,
      Function<Training, Outcome> steps) {
    Training loop = Training.named(method.id()).interrupted(interrupted);
    return phases.train(loop, experiment.engine(), experiment.weights(), steps);
  }

  private Outcome pretrain(String cell, Experiment experiment, Training loop) {
    Path weights = folder.file(cell + ".safetensors");
    if (Files.exists(weights)) {
      experiment.resume(weights);
      return new Outcome(experiment.steps(), false, Duration.ZERO, ImmutableMap.of());
    }
    Outcome outcome = experiment.run(experiment.pretraining(), options.size().epochs(), loop);
    if (!outcome.interrupted()) {
      unwritten.attempt(
          weights,
          () -> {
            folder.ensureThere();
            experiment.save(weights);
          });
      if (unwritten.has(weights)) {
        experiment.rescue(weights.getFileName().toString(), console::warn);
      }
    }
    return outcome;
  }

  private Experiment open(MethodRecipe method, long seed, Engine engine) {
    return Experiment.of(options.settings(method, seed), engine);
  }

  private boolean isMissing(String row, long seed, Stage stage) {
    return cells.get(row, seed, stage).isEmpty();
  }

  private TableCell cell(
      String row, long seed, Stage stage, Experiment experiment, Outcome training) {
    Stopwatch time = Stopwatch.createStarted();
    Scores scores = scores(experiment);
    double seconds = training.time().toMillis() / 1000.0 + seconds(time);
    return new TableCell(row, seed, stage, scores, seconds);
  }

  private Scores scores(Experiment experiment) {
    try (Engine own = options.device.openAnother()) {
      return experiment.scores(own);
    }
  }

  private static double seconds(Stopwatch time) {
    return time.elapsed(TimeUnit.MILLISECONDS) / 1000.0;
  }

  private void add(TableCell cell) {
    cells.add(cell);
    unwritten.attempt(folder.file(CELLS), () -> folder.writeText(CELLS, cells.toString()));
    write();
    added++;
    console.print(cell + remaining());
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
        && (cell.method().equals(MethodTable.PIXELS)
            || cell.method().equals(MethodTable.UNTRAINED)
            || options.methods().stream().anyMatch(m -> m.id().equals(cell.method())));
  }
}
