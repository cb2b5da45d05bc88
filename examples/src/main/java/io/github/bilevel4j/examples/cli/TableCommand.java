package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.examples.study.Axis;
import io.github.bilevel4j.examples.study.Setting;
import io.github.bilevel4j.examples.study.Study;
import io.github.bilevel4j.examples.study.Sweep;
import io.github.bilevel4j.examples.study.SweepTable;
import io.github.bilevel4j.experiment.Experiment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/** Compares all methods before and after UMM: a sweep over methods and seeds. */
@Command(
    name = TableCommand.NAME,
    description =
        "Pre-trains every method, trains it further by UMM, and compares linear probe, 5-NN and"
            + " coding-rate reduction before and after, beside raw pixels and an untrained encoder."
            + " It is a sweep of umm, of which it takes every option, over methods and seeds, laid"
            + " out as table.md and table.csv. Run again after an interruption, it goes on.")
final class TableCommand extends PrintingCommand {
  /** Its name. */
  static final String NAME = "table";

  private static final ImmutableList<Setting> PUBLISHED =
      ImmutableList.of(
          Setting.of("--preset", "solo"),
          Setting.of("--encoder", "resnet18"),
          Setting.of("--batch", 256),
          Setting.of("--epochs", 1000),
          Setting.of("--umm-epochs", 10));
  private static final ImmutableList<Setting> QUICK =
      ImmutableList.of(
          Setting.of("--preset", "quick"),
          Setting.of("--encoder", "small"),
          Setting.of("--batch", 64),
          Setting.of("--epochs", 15),
          Setting.of("--umm-epochs", 1));

  @Unmatched private final List<String> arguments = new ArrayList<>();

  @Option(
      names = {"--methods", "--method"},
      split = ",",
      paramLabel = "METHOD",
      description =
          "those to compare, separated by commas, see list, or each a FILE.java or the full name of"
              + " a class (default: all but variants)")
  private List<String> methods = BuiltInMethod.originals().stream().map(BuiltInMethod::id).toList();

  @Option(
      names = "--seeds",
      description =
          "number of runs of each method, with seeds 1, 2, ... (default: ${DEFAULT-VALUE})")
  private int seeds = 2;

  @Option(
      names = "--quick",
      description =
          "for two CPU cores: --preset quick --encoder small --batch 64 --epochs 15 --umm-epochs 1;"
              + " without it --preset solo --encoder resnet18 --batch 256 --epochs 1000"
              + " --umm-epochs 10")
  private boolean quick;

  @Option(
      names = "--out",
      defaultValue = "runs/table",
      paramLabel = "DIR",
      description =
          "folder of the table; if it is there, the table goes on in it (default:"
              + " ${DEFAULT-VALUE})")
  private Path out;

  @Mixin private SweepOptions shards = new SweepOptions();

  @Override
  public Integer call() {
    Require.in("--seeds").atLeast(1, "value", seeds);
    ImmutableList<Setting> settings = settings();
    shards.part();
    tryOut(settings);
    Axis seed =
        new Axis(
            "seed",
            LongStream.rangeClosed(1, seeds)
                .mapToObj(Long::toString)
                .collect(ImmutableList.toImmutableList()));
    Axis method =
        new Axis("method", methods.stream().distinct().collect(ImmutableList.toImmutableList()));
    CommandOptions ofBaselines = CommandOptions.of("baselines");
    Sweep baselines =
        new Sweep(
            "baselines",
            settings.stream()
                .filter(each -> ofBaselines.has(each.name()))
                .collect(ImmutableList.toImmutableList()),
            ImmutableList.of(seed),
            SweepRun.maker());
    Sweep umm = new Sweep("umm", settings, ImmutableList.of(seed, method), SweepRun.maker());
    Optional<String> note =
        seeds == 1
            ? Optional.of("--seeds: " + Study.ONE_SEED + " Two or more have a deviation.")
            : Optional.empty();
    return new SweepRun(this, ImmutableList.of(baselines, umm), shards, note)
        .in(out, TableCommand::report);
  }

  /** Those of umm that are given, and a scale's. */
  private ImmutableList<Setting> settings() {
    ImmutableList<Setting> given = CommandOptions.of("umm").read(arguments).settings();
    for (Setting each : given) {
      if (List.of("--seed", "--weights").contains(each.name())) {
        throw UsageError.in(each.name())
            .because("table chooses it for each of its runs")
            .maybe("sweep umm was meant.");
      }
    }
    return Setting.replaced(quick ? QUICK : PUBLISHED, given);
  }

  /** Fails before a folder is made if the data, the device or the settings of UMM are at fault. */
  private static void tryOut(List<Setting> settings) {
    List<String> line = settings.stream().map(Setting::argument).toList();
    UmmCommand umm = (UmmCommand) CommandOptions.of("umm").read(line).command();
    umm.options.setup.data.read().requireClasses(NAME);
    try (Engine engine = umm.options.setup.device.open()) {
      Experiment experiment = Experiment.of(umm.settings(), engine);
      experiment.requireScores(experiment.encoder().stages().reverse().subList(0, 1));
    }
    umm.plan(false);
  }

  private static ImmutableMap<String, String> report(SweepTable cells, List<String> failures) {
    MethodTable table = new MethodTable(cells);
    String failed =
        failures.stream()
            .map(failure -> "\nfailed: " + failure + "\n")
            .collect(Collectors.joining());
    return ImmutableMap.of(MethodTable.FILE, table.csv(), MethodTable.TEXT, table + "\n" + failed);
  }
}
