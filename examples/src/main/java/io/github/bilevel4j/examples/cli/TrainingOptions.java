package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.ssl.MethodRecipe;
import io.github.bilevel4j.ssl.Preset;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every training on images needs to be told. */
final class TrainingOptions {
  @Mixin SetupOptions setup = new SetupOptions();

  @Mixin RunOptions run = new RunOptions();

  @Option(
      names = "--preset",
      defaultValue = "quick",
      description =
          "settings of heads, views and optimizer: quick, or published ones, solo or htdt, see list"
              + " (default: ${DEFAULT-VALUE})")
  Preset preset;

  @Mixin RecipeOptions recipe = new RecipeOptions();

  @Mixin RegularizerOption regularizers = new RegularizerOption();

  /** A method, with the regularizers, on data and encoder for so many epochs. */
  ExperimentSettings settings(MethodRecipe method, int epochs) {
    Require.in("--epochs").atLeast(1, "value", epochs);
    return setup.settings(regularizers.on(recipe.on(method))).preset(preset).epochs(epochs);
  }
}
