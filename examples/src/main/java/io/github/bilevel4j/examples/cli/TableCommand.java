package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.run.Interruption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares all methods before and after UMM. */
@Command(
    name = "table",
    description =
        "Pre-trains every method, repairs it by UMM, and compares linear probe, 5-NN and coding-rate"
            + " reduction before and after. Writes table.csv and table.md; run again after an"
            + " interruption, it goes on.",
    mixinStandardHelpOptions = true)
final class TableCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Mixin TableOptions options = new TableOptions();

  @Mixin UmmOptions umm = new UmmOptions();

  @Option(
      names = "--out",
      defaultValue = "runs/table",
      paramLabel = "DIR",
      description =
          "folder of the table; if it is there, the table goes on in it (default:"
              + " ${DEFAULT-VALUE})")
  Path out;

  @Override
  public Integer call() {
    options.check();
    RunFolder folder = RunFolder.toContinue(out, settings());
    try (Interruption interruption = Interruption.listen()) {
      TableRun run = new TableRun(options, umm, folder, interruption, spec.commandLine().getOut());
      return run.all();
    }
  }

  /** What must be the same for cells to be compared. */
  private Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("data", options.data);
    settings.put("preset", options.preset().toString());
    settings.put("encoder", options.encoder().toString());
    settings.put("batch", String.valueOf(options.batch()));
    settings.put("epochs", String.valueOf(options.epochs()));
    settings.put("umm-epochs", String.valueOf(options.ummEpochs()));
    for (OptionSpec option : spec.mixins().get("umm").options()) {
      settings.put(option.longestName().substring(2), option.getValue().toString());
    }
    return ImmutableMap.copyOf(settings);
  }
}
