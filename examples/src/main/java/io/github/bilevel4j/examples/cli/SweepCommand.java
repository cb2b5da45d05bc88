package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.study.Axis;
import io.github.bilevel4j.examples.study.Cell;
import io.github.bilevel4j.examples.study.CellMaker;
import io.github.bilevel4j.examples.study.Setting;
import io.github.bilevel4j.examples.study.Shard;
import io.github.bilevel4j.examples.study.StudyFolder;
import io.github.bilevel4j.examples.study.Sweep;
import io.github.bilevel4j.examples.study.SweepTable;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.run.Interruption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/** Runs a command with all combinations of some options' values. */
@Command(
    name = "sweep",
    description =
        "Runs a command, for instance umm, with every combination of the values of some options and"
            + " writes sweep.csv, a row for each run that has ended. Runs of UMM that agree in what"
            + " concerns pre-training share one. The same command goes on after an interruption.",
    subcommands = SweepMergeCommand.class)
final class SweepCommand extends PrintingCommand {
  /** The names of all cells of all shards. */
  static final String CELLS = "cells.txt";

  @Parameters(
      arity = "0..1",
      paramLabel = "COMMAND",
      description = "umm, pretrain or another that makes runs, before its own options")
  private String command;

  @Unmatched private final List<String> arguments = new ArrayList<>();

  @Option(
      names = "--over",
      paramLabel = "NAME=VALUES",
      description =
          "an option of the command without its dashes, and its values, separated by commas; 1..5"
              + " are the whole numbers between; may be repeated")
  private List<String> over = new ArrayList<>();

  @Option(
      names = "--out",
      defaultValue = "runs/sweep",
      paramLabel = "DIR",
      description =
          "folder of the sweep; if it is there, the sweep goes on in it (default:"
              + " ${DEFAULT-VALUE})")
  private Path out;

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      description =
          "only the I-th of N parts, in the folder DIR/shard-I-of-N; runs that share a pre-training"
              + " are in the same part; sweep merge DIR joins them")
  private String shard;

  @Option(
      names = "--dry-run",
      description = "only print the runs with their steps and about how long they take")
  private boolean dryRun;

  @Option(names = ResumeCommand.OPTION, hidden = true)
  private Path resumed;

  @Override
  public Integer call() {
    if (command == null) {
      throw UsageError.in("sweep")
          .because("no command is named")
          .maybe("sweep umm --over seed=1..5 was meant.");
    }
    Sweep sweep = sweep();
    Shard part = shard == null ? Shard.ALL : Shard.parse(shard);
    ImmutableList<Sweep.Point> points = sweep.points(part);
    Plan plan = Plan.of(StudyFolder.withNeeded(cells(points)));
    if (dryRun) {
      print(plan.measured());
      return 0;
    }
    Path here = shard == null ? out : out.resolve(part.folder());
    try (RunFolder folder =
            RunFolder.toContinue(
                resumed == null ? here : resumed,
                spec.name(),
                settings(sweep, part),
                ResumeCommand.beginning(spec));
        Interruption interruption = Interruption.listen()) {
      return run(sweep, points, folder, interruption);
    }
  }

  private static ImmutableList<Cell> cells(List<Sweep.Point> points) {
    return points.stream().map(Sweep.Point::cell).collect(ImmutableList.toImmutableList());
  }

  private Sweep sweep() {
    CommandOptions options = CommandOptions.of(command);
    ImmutableList<Axis> axes =
        over.stream().map(Axis::parse).collect(ImmutableList.toImmutableList());
    for (Axis axis : axes) {
      if (!options.names().contains("--" + axis.name())) {
        throw UsageError.in("--over")
            .because("%s has no option --%s", command, axis.name())
            .value(
                "those",
                options.names().stream()
                    .map(name -> name.substring(2))
                    .collect(Collectors.joining(", ")))
            .error();
      }
    }
    CommandOptions.Given given = options.read(arguments);
    ImmutableList.Builder<Setting> fixed = ImmutableList.builder();
    given.positional().forEach(argument -> fixed.add(Setting.flag(argument)));
    fixed.addAll(given.settings());
    return new Sweep(command, fixed.build(), axes, maker());
  }

  /** Makes cells of the commands that there are. */
  static CellMaker maker() {
    return new CellMaker(CommandOptions.of("pretrain")::has);
  }

  private static ImmutableMap<String, String> settings(Sweep sweep, Shard part) {
    return ImmutableMap.of(
        "each",
        sweep.common(),
        "over",
        sweep.axes().stream().map(Axis::name).collect(Collectors.joining(",")),
        "shard",
        part.toString());
  }

  private int run(
      Sweep sweep, List<Sweep.Point> points, RunFolder folder, Interruption interruption) {
    folder.writeText(
        CELLS,
        sweep.points().stream()
            .map(point -> point.cell().name() + "\n")
            .collect(Collectors.joining()));
    if (points.isEmpty()) {
      print("this shard has no cells: fewer than so many begin with a pre-training of their own");
    }
    StudyFolder study = new StudyFolder(folder.path(), CommandOptions.program(), this::print);
    Runnable write = () -> folder.writeText(SweepTable.FILE, table(points, study).toString());
    study.run(cells(points), interruption, write);
    write.run();
    study.failures().forEach(failure -> print("failed: " + failure));
    if (interruption.getAsBoolean()) {
      print("interrupted; the same command goes on with " + folder.path());
      return CommandRun.INTERRUPTED;
    }
    print("written to " + folder.file(SweepTable.FILE));
    return study.failures().isEmpty() ? 0 : 1;
  }

  private static SweepTable table(List<Sweep.Point> points, StudyFolder study) {
    SweepTable table = new SweepTable();
    points.forEach(
        point -> study.result(point.cell()).ifPresent(result -> table.add(point, result)));
    return table;
  }
}
