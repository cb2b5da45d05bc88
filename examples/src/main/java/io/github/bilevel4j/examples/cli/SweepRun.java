package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.examples.study.Axis;
import io.github.bilevel4j.examples.study.Cell;
import io.github.bilevel4j.examples.study.CellMaker;
import io.github.bilevel4j.examples.study.Setting;
import io.github.bilevel4j.examples.study.Shard;
import io.github.bilevel4j.examples.study.StudyFolder;
import io.github.bilevel4j.examples.study.Sweep;
import io.github.bilevel4j.examples.study.SweepTable;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.run.Interruption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Makes the cells of some sweeps, or of a part of them, in one folder with one table. */
final class SweepRun {
  /** The file with the names of all cells of all shards. */
  static final String CELLS = "cells.txt";

  private final PrintingCommand console;
  private final ImmutableList<Sweep> sweeps;
  private final SweepOptions options;
  private final Optional<String> note;

  SweepRun(PrintingCommand console, ImmutableList<Sweep> sweeps, SweepOptions options) {
    this(console, sweeps, options, Optional.empty());
  }

  /**
   * Cells.
   *
   * @param note what is told before the first of them, when nothing has been refused
   */
  SweepRun(
      PrintingCommand console,
      ImmutableList<Sweep> sweeps,
      SweepOptions options,
      Optional<String> note) {
    this.console = console;
    this.sweeps = sweeps;
    this.options = options;
    this.note = note;
  }

  /** What a command makes of the measurements. */
  @FunctionalInterface
  interface Report {
    /** The texts of more files by their names; the last one is printed in the end, too. */
    ImmutableMap<String, String> of(SweepTable table, List<String> failures);
  }

  /** Makes cells of the commands that there are. */
  static CellMaker maker() {
    return new CellMaker(CommandOptions.of("pretrain")::has);
  }

  /** Makes what is missing in a folder; returns the exit status. */
  int in(Path out, Report report) {
    Shard part = options.part();
    ImmutableList<Sweep.Point> points = points(sweep -> sweep.points(part));
    Plan plan = Plan.of(StudyFolder.withNeeded(cells(points)));
    if (options.dryRun) {
      note.ifPresent(console::warn);
      console.print(plan.measured(options.jobs.count(settings())));
      return 0;
    }
    try (RunFolder folder =
            RunFolder.toContinue(
                options.folder(out),
                console.spec.name(),
                settings(part),
                ResumeCommand.beginning(console.spec));
        Interruption interruption = Interruption.listen()) {
      return run(points, folder, interruption, report);
    }
  }

  private ImmutableList<Sweep.Point> points(Function<Sweep, List<Sweep.Point>> of) {
    return sweeps.stream()
        .flatMap(sweep -> of.apply(sweep).stream())
        .collect(ImmutableList.toImmutableList());
  }

  /** What the cells of all sweeps are told. */
  private List<Setting> settings() {
    return sweeps.get(0).fixed().stream()
        .filter(each -> sweeps.stream().allMatch(sweep -> sweep.fixed().contains(each)))
        .toList();
  }

  private static ImmutableList<Cell> cells(List<Sweep.Point> points) {
    return points.stream().map(Sweep.Point::cell).collect(ImmutableList.toImmutableList());
  }

  private ImmutableMap<String, String> settings(Shard part) {
    return ImmutableMap.of(
        "each",
        sweeps.stream().map(Sweep::common).collect(Collectors.joining("; ")),
        "over",
        sweeps.stream()
            .flatMap(sweep -> sweep.axes().stream())
            .map(Axis::name)
            .distinct()
            .collect(Collectors.joining(",")),
        "shard",
        part.toString());
  }

  private int run(
      List<Sweep.Point> points, RunFolder folder, Interruption interruption, Report report) {
    note.ifPresent(console::warn);
    folder.writeText(
        CELLS,
        points(Sweep::points).stream()
            .map(point -> point.cell().name() + "\n")
            .collect(Collectors.joining()));
    if (points.isEmpty()) {
      console.print(
          "this shard has no cells: fewer than so many begin with a pre-training of their own");
    }
    StudyFolder study =
        new StudyFolder(folder.path(), options.jobs.program(settings()), console::print);
    FailedWrites unwritten = new FailedWrites(console::warn);
    Runnable write =
        () ->
            texts(table(points, study), study, report)
                .forEach(
                    (name, text) ->
                        unwritten.attempt(folder.file(name), () -> folder.writeText(name, text)));
    study.run(cells(points), interruption, write);
    write.run();
    ImmutableMap<String, String> texts = report.of(table(points, study), study.failures());
    if (texts.isEmpty()) {
      study.failures().forEach(failure -> console.print("failed: " + failure));
    } else {
      console.print((Object) ("\n" + Iterables.getLast(texts.values()).strip()));
    }
    int status = CommandRun.status(unwritten.messages(), console);
    if (interruption.getAsBoolean()) {
      console.print("interrupted; the same command goes on with " + folder.path());
      return CommandRun.INTERRUPTED;
    }
    console.print("written to " + folder.path());
    return study.failures().isEmpty() ? status : 1;
  }

  private static ImmutableMap<String, String> texts(
      SweepTable table, StudyFolder study, Report report) {
    return ImmutableMap.<String, String>builder()
        .put(SweepTable.FILE, table.toString())
        .putAll(report.of(table, study.failures()))
        .buildOrThrow();
  }

  private static SweepTable table(List<Sweep.Point> points, StudyFolder study) {
    SweepTable table = new SweepTable();
    points.forEach(
        point -> study.result(point.cell()).ifPresent(result -> table.add(point, result)));
    return table;
  }
}
