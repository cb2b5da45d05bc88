package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import picocli.CommandLine.Option;

/** Where to compute and in which precision. */
final class DeviceOptions {
  @Option(names = "--device", description = "auto, cpu, gpu:0, ... (default: ${DEFAULT-VALUE})")
  String device = "auto";

  @Option(
      names = "--precision",
      defaultValue = "float32",
      description =
          "float32, mixed (float32 with bfloat16 convolutions) or float64 (default:"
              + " ${DEFAULT-VALUE})")
  Precision precision;

  /** An engine on the device. */
  Engine open() {
    return TensorFlowEngine.open(Device.parse(device), precision);
  }
}
