package io.github.bilevel4j.backend.tensorflow;

import io.github.bilevel4j.backend.Device;
import java.util.Optional;
import org.tensorflow.DeviceSpec;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;

/** How TensorFlow is set up. */
final class SessionSettings {
  private SessionSettings() {}

  /** Settings for a session on one device. */
  static ConfigProto forEngine(Device device) {
    ConfigProto.Builder settings = common();
    RewriterConfig.Builder rewriting = RewriterConfig.newBuilder();
    if (device.kind() == Device.Kind.CPU) {
      settings.putDeviceCount("GPU", 0);
      // On a processor the rewritten graph is no faster, and rewriting 8,000 nodes takes 10 s.
      rewriting.setDisableMetaOptimizer(true);
    } else {
      rewriting.setMetaOptimizerIterations(RewriterConfig.NumIterationsType.ONE);
    }
    return settings.setGraphOptions(GraphOptions.newBuilder().setRewriteOptions(rewriting)).build();
  }

  /** Settings for a session that sees all devices. */
  static ConfigProto forAllDevices() {
    return common().build();
  }

  /** A device in the graph; empty for the processor, the only one there is then. */
  static Optional<DeviceSpec> placement(Device device) {
    return device.kind() == Device.Kind.GPU
        ? Optional.of(
            DeviceSpec.newBuilder()
                .deviceType(DeviceSpec.DeviceType.GPU)
                .deviceIndex(device.number())
                .build())
        : Optional.empty();
  }

  private static ConfigProto.Builder common() {
    // Soft placement: whole numbers such as shapes and indices live on the host.
    return ConfigProto.newBuilder()
        .setAllowSoftPlacement(true)
        .setGpuOptions(GPUOptions.newBuilder().setAllowGrowth(true));
  }
}
