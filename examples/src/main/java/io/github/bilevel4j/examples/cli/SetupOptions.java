package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.encoder.EncoderSpec;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.ssl.MethodRecipe;
import java.util.OptionalInt;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every run on images needs to be told. */
final class SetupOptions {
  @Mixin DataOption data = new DataOption();

  @Option(
      names = "--encoder",
      description =
          "tiny, small, resnet18, resnet50 or the full name of a class (default: ${DEFAULT-VALUE})")
  EncoderSpec encoder = EncoderKind.SMALL;

  @Option(
      names = "--pretrain-images",
      paramLabel = "N",
      description =
          "pre-train on N images that the seed draws; a probe learns from the others of the train"
              + " part")
  Integer pretrainImages;

  @Option(
      names = "--long-tail",
      paramLabel = "R",
      description =
          "pre-train on a long tail that the seed draws, of --pretrain-images or as many as there"
              + " are: class sizes fall exponentially, the largest is R times the smallest; a probe"
              + " learns from the whole train part")
  Double longTail;

  @Option(
      names = "--probe-images",
      paramLabel = "N",
      description = "a probe learns from N images of the train part that the seed draws")
  Integer probeImages;

  @Option(names = "--batch", description = "images in a batch (default: ${DEFAULT-VALUE})")
  int batch = 128;

  @Option(
      names = "--seed",
      description = "decides every draw; same seed, same numbers (default: ${DEFAULT-VALUE})")
  long seed = 1;

  @Mixin DeviceOptions device = new DeviceOptions();

  /** A method on data and encoder with a quick preset. */
  ExperimentSettings settings(MethodRecipe method) {
    return settings(method, images());
  }

  /** The images, those of each part that are asked for. */
  ImageDataset images() {
    ImageDataset images = data.read();
    if (longTail != null) {
      OptionalInt count =
          pretrainImages == null ? OptionalInt.empty() : OptionalInt.of(pretrainImages);
      images = images.longTailed(count, longTail, seed);
    } else if (pretrainImages != null) {
      images = images.pretrainedOn(pretrainImages, seed);
    }
    return probeImages == null ? images : images.probedOn(probeImages, seed);
  }

  /** On images that were read. */
  ExperimentSettings settings(MethodRecipe method, ImageDataset images) {
    return ExperimentSettings.of(images, encoder, method).batch(batch).seed(seed).epochs(1);
  }
}
