package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.ssl.Preset;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists what can be chosen by name. */
@Command(
    name = "list",
    description = "Lists the methods, presets, encoders and estimators.",
    mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.println("methods");
    for (BuiltInMethod method : BuiltInMethod.values()) {
      line(out, method, method.description());
    }
    out.println("presets");
    for (Preset preset : Preset.values()) {
      line(out, preset, preset.description());
    }
    out.println("encoders");
    for (EncoderKind encoder : EncoderKind.values()) {
      line(out, encoder, encoder.features() + " features");
    }
    out.println("estimators");
    for (EstimatorKind estimator : EstimatorKind.values()) {
      line(out, estimator, estimator.description());
    }
    return 0;
  }

  private static void line(PrintWriter out, Enum<?> name, String description) {
    out.printf(Locale.ROOT, "  %-18s %s%n", name.toString().toLowerCase(Locale.ROOT), description);
  }
}
