package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.examples.umm.UmmTraining;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.run.Interruption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** Compares all methods before and after UMM. */
@Command(
    name = "table",
    description =
        "Pre-trains every method, trains it further by UMM, and compares linear probe, 5-NN and coding-rate"
            + " reduction before and after. Writes table.csv and table.md. Run again after an"
            + " interruption, it goes on.")
final class TableCommand extends PrintingCommand {
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

  @Mixin CheckpointOptions checkpoints = new CheckpointOptions();

  @Override
  public Integer call() {
    options.check();
    checkpoints.settings();
    tryOut();
    Path path = checkpoints.isResumed() ? checkpoints.resumed : out;
    try (RunFolder folder =
            RunFolder.toContinue(path, spec.name(), settings(), ResumeCommand.beginning(spec));
        Interruption interruption = Interruption.listen()) {
      return new TableRun(this, folder, interruption).all();
    }
  }

  /** Fails before a folder is made if the data, the device or the settings of UMM are at fault. */
  private void tryOut() {
    ExperimentSettings settings = options.settings(BuiltInMethod.SIMCLR, 1).epochs(1);
    try (Engine engine = options.device.open()) {
      Experiment experiment = Experiment.of(settings, engine);
      experiment.requireScores(experiment.encoder().stages().reverse().subList(0, 1));
      UmmTraining.bilevel(experiment, draws -> umm.settings(draws, 1));
    }
  }

  /** What must be the same for cells to be compared. */
  private Map<String, String> settings() {
    TableOptions.Size size = options.size();
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("data", options.data.source);
    options.data.choices().forEach(settings::put);
    settings.put("precision", lowerCase(options.device.precision));
    settings.put("preset", lowerCase(size.preset()));
    settings.put("encoder", lowerCase(CommandRun.text(size.encoder())));
    settings.put("batch", String.valueOf(size.batch()));
    settings.put("epochs", String.valueOf(size.epochs()));
    settings.put("umm-epochs", String.valueOf(size.ummEpochs()));
    if (!options.regularizers.terms.isEmpty()) {
      settings.put("regularizer", options.regularizers.terms.toString());
    }
    for (OptionSpec option : spec.mixins().get("umm").options()) {
      settings.put(option.longestName().substring(2), lowerCase(option.getValue()));
    }
    return ImmutableMap.copyOf(settings);
  }

  private static String lowerCase(Object value) {
    return value.toString().toLowerCase(Locale.ROOT);
  }
}
