package io.github.bilevel4j.examples.cli;

import com.google.common.base.Ascii;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.ssl.Preset;
import java.util.function.Function;
import picocli.CommandLine.Command;

/** Lists what can be chosen by name. */
@Command(name = "list", description = "Lists the methods, presets, encoders and estimators.")
final class ListCommand extends PrintingCommand {
  @Override
  public Integer call() {
    list("methods", BuiltInMethod.values(), BuiltInMethod::description);
    list("presets", Preset.values(), Preset::description);
    list("encoders", EncoderKind.values(), encoder -> encoder.features() + " features");
    list("estimators", EstimatorKind.values(), EstimatorKind::description);
    return 0;
  }

  private <T> void list(String title, T[] choices, Function<T, String> description) {
    print(title);
    for (T choice : choices) {
      print("  %-18s %s", Ascii.toLowerCase(choice.toString()), description.apply(choice));
    }
  }
}
