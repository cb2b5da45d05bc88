package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.encoder.EncoderSpec;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.ssl.MethodRecipe;
import io.github.bilevel4j.ssl.Preset;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which methods a table compares, and how long each is trained. */
final class TableOptions {

  /** What is not chosen by itself. */
  record Size(Preset preset, EncoderSpec encoder, int batch, int epochs, int ummEpochs) {
    static final Size QUICK = new Size(Preset.QUICK, EncoderKind.SMALL, 64, 15, 1);
    static final Size PUBLISHED = new Size(Preset.SOLO, EncoderKind.RESNET18, 256, 1000, 10);
  }

  @Mixin DataOption data = new DataOption();

  @Option(
      names = {"--methods", "--method"},
      split = ",",
      paramLabel = "METHOD",
      description =
          "those to compare, separated by commas, see list, or each a FILE.java or the full name of a class (default: all"
              + " but variants)")
  List<MethodRecipe> methods = List.copyOf(BuiltInMethod.originals());

  @Option(
      names = "--seeds",
      description =
          "number of runs of each method, with seeds 1, 2, ... (default: ${DEFAULT-VALUE})")
  int seeds = 2;

  @Option(
      names = "--quick",
      description =
          "for two CPU cores: --preset quick --encoder small --batch 64 --epochs 15 --umm-epochs 1;"
              + " without it --preset solo --encoder resnet18 --batch 256 --epochs 1000"
              + " --umm-epochs 10")
  boolean quick;

  @Option(names = "--preset", description = "settings of heads, views and optimizer, see list")
  Preset preset;

  @Option(names = "--encoder", description = "tiny, small, resnet18, resnet50 or a class")
  EncoderSpec encoder;

  @Option(names = "--batch", description = "images in a batch")
  Integer batch;

  @Option(names = "--epochs", description = "epochs of pre-training")
  Integer epochs;

  @Option(names = "--umm-epochs", description = "epochs of UMM")
  Integer ummEpochs;

  @Mixin RegularizerOption regularizers = new RegularizerOption();

  @Mixin DeviceOptions device = new DeviceOptions();

  /** What is chosen, by itself or together. */
  Size size() {
    Size all = quick ? Size.QUICK : Size.PUBLISHED;
    return new Size(
        Objects.requireNonNullElse(preset, all.preset),
        Objects.requireNonNullElse(encoder, all.encoder),
        Objects.requireNonNullElse(batch, all.batch),
        Objects.requireNonNullElse(epochs, all.epochs),
        Objects.requireNonNullElse(ummEpochs, all.ummEpochs));
  }

  /** The methods, each once. */
  List<MethodRecipe> methods() {
    return methods.stream().distinct().map(regularizers::on).toList();
  }

  /** What one run is made of. */
  ExperimentSettings settings(MethodRecipe method, long seed) {
    Size size = size();
    return ExperimentSettings.of(data.read(), size.encoder, method)
        .preset(size.preset)
        .epochs(size.epochs)
        .batch(size.batch)
        .seed(seed);
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is less than 1
   */
  void check() {
    Require.in("--seeds").atLeast(1, "value", seeds);
    Require.in("--batch").atLeast(1, "value", size().batch);
    Require.in("--epochs").atLeast(1, "value", size().epochs);
    Require.in("--umm-epochs").atLeast(1, "value", size().ummEpochs);
  }
}
