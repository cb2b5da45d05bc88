package io.github.bilevel4j.examples.cli;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.data.DataSource;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.ssl.Preset;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists what can be chosen by name. */
@Command(name = "list", description = "Lists the methods, presets, encoders and estimators.")
final class ListCommand extends PrintingCommand {
  @Option(
      names = "--damaged",
      paramLabel = "SOURCE",
      description = "instead, the pictures in a folder or zip file that cannot be read, and why")
  String damaged;

  @Override
  public Integer call() {
    if (damaged != null) {
      listDamaged();
      return 0;
    }
    list("methods", BuiltInMethod.values(), BuiltInMethod::description);
    list("presets", Preset.values(), Preset::description);
    list("encoders", EncoderKind.values(), encoder -> encoder.features() + " features");
    list("estimators", EstimatorKind.values(), EstimatorKind::description);
    return 0;
  }

  private void listDamaged() {
    ImmutableMap<String, String> faults = DataSource.damaged(damaged);
    faults.forEach((file, fault) -> print("%s: %s", file, fault));
    print("%,d of the pictures cannot be read", faults.size());
  }

  private <T> void list(String title, T[] choices, Function<T, String> description) {
    print(title);
    for (T choice : choices) {
      print("  %-18s %s", Ascii.toLowerCase(choice.toString()), description.apply(choice));
    }
  }
}
