package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.study.Axis;
import io.github.bilevel4j.examples.study.Setting;
import io.github.bilevel4j.examples.study.Sweep;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

  @Mixin private SweepOptions shards = new SweepOptions();

  @Override
  public Integer call() {
    if (command == null) {
      throw UsageError.in("sweep")
          .because("no command is named")
          .maybe("sweep umm --over seed=1..5 was meant.");
    }
    return new SweepRun(this, ImmutableList.of(sweep()), shards)
        .in(out, (table, failures) -> ImmutableMap.of());
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
    return new Sweep(command, fixed.build(), axes, SweepRun.maker());
  }
}
