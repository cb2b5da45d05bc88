package io.github.bilevel4j.examples.cli;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every run on images needs to be told. */
final class SetupOptions {
  @Mixin DataOption data = new DataOption();

  @Option(
      names = "--encoder",
      defaultValue = "small",
      description = "small, resnet18 or resnet50 (default: ${DEFAULT-VALUE})")
  EncoderKind encoder;

  @Option(
      names = "--batch",
      defaultValue = "128",
      description = "images in a batch (default: ${DEFAULT-VALUE})")
  int batch;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "decides every draw; same seed, same numbers (default: ${DEFAULT-VALUE})")
  long seed;

  @Mixin DeviceOptions device = new DeviceOptions();
}
