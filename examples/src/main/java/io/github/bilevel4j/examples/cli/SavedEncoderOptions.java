package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.ssl.MethodRecipe;
import java.nio.file.Path;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** An encoder with saved weights, and labeled images on which it is evaluated. */
final class SavedEncoderOptions {
  @Mixin SetupOptions setup = new SetupOptions();

  @Option(
      names = "--method",
      description = "the method that the weights were trained with (default: ${DEFAULT-VALUE})")
  MethodRecipe method = BuiltInMethod.SIMCLR;

  @Option(
      names = "--weights",
      required = true,
      paramLabel = "FILE",
      description =
          "the weights: of a run, or of another program as import takes them; pictures are"
              + " normalized as a run's file tells")
  Path weights;

  @Mixin ForeignOptions foreign = new ForeignOptions();

  /**
   * The settings, with the normalization of the weights.
   *
   * @param operation what needs classes, for the message
   * @throws io.github.bilevel4j.check.UsageError if the images have none, or something is
   *     unreadable
   */
  ExperimentSettings settings(String operation) {
    ExperimentSettings settings = option().on(setup.settings(method));
    settings.data().requireClasses(operation);
    return settings;
  }

  /** The settings without the weights, which may be still to come. */
  ExperimentSettings untrained(String operation) {
    ExperimentSettings settings = setup.settings(method);
    settings.data().requireClasses(operation);
    return settings;
  }

  /** The settings for images that were read, with the normalization of the weights. */
  ExperimentSettings settings(ImageDataset images) {
    return option().on(setup.settings(method, images));
  }

  /**
   * The encoder with its weights.
   *
   * @param told hears what was taken of another program's
   */
  Experiment experiment(ExperimentSettings settings, Engine engine, Consumer<String> told) {
    Experiment experiment = Experiment.of(settings, engine);
    option().into(experiment, Experiment::load, told);
    return experiment;
  }

  /** The encoder and its projector, with their weights. */
  Experiment withProjector(
      ExperimentSettings settings, Engine engine, String operation, Consumer<String> told) {
    Experiment experiment = Experiment.of(settings, engine);
    option().withProjector(experiment, operation, told);
    return experiment;
  }

  private WeightsOption option() {
    return new WeightsOption(weights, foreign);
  }
}
