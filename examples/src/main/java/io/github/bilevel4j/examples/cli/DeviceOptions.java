package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.backend.Cluster;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.MemoryBudget;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.UsageError;
import java.util.Optional;
import java.util.function.Supplier;
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

  @Option(
      names = "--deterministic",
      arity = "0..1",
      fallbackValue = "1",
      paramLabel = "THREADS",
      description =
          "split operations among so many threads (alone: ${FALLBACK-VALUE}) on any number of"
              + " processors: the same seed gives the same bits on all whose instructions are the"
              + " same; by default only on the same number of processors. For --device cpu")
  Integer deterministic;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description =
          "the most memory to take, for instance 8g or 900m; on a processor all of the process."
              + " Values that do not fit are freed and computed again, which takes longer")
  MemoryBudget memory;

  /**
   * An engine on the device.
   *
   * @throws UsageError if a GPU is to be deterministic
   */
  TensorFlowEngine open() {
    return open(precision);
  }

  /** {@link #open()} in a precision of its own. */
  TensorFlowEngine open(Precision precision) {
    return checked(() -> engine(precision));
  }

  /**
   * Finds the device.
   *
   * @throws UsageError if there is none such, or a GPU is to be deterministic
   */
  void check() {
    // Every machine has one of these, and the first engine decides about threads.
    if (!device.equals("auto") && !device.equals("cpu")) {
      open().close();
    }
  }

  /** An engine of a replica, if there is a cluster. */
  TensorFlowEngine open(Optional<Cluster> cluster) {
    return cluster.isEmpty()
        ? open()
        : checked(
            () -> TensorFlowEngine.open(Device.parse(device), precision, cluster.orElseThrow()));
  }

  private TensorFlowEngine checked(Supplier<TensorFlowEngine> opened) {
    if (deterministic != null) {
      TensorFlowEngine.useThreads(deterministic);
    }
    TensorFlowEngine engine = opened.get();
    if (deterministic != null && engine.device().device().kind() == Device.Kind.GPU) {
      engine.close();
      throw refused(
          "--deterministic",
          "it orders the sums of a processor, not those of a GPU",
          "--device cpu");
    }
    return engine;
  }

  /** One more engine on the device, after the first. */
  TensorFlowEngine openAnother() {
    return engine(precision);
  }

  private TensorFlowEngine engine(Precision chosen) {
    return memory == null
        ? TensorFlowEngine.open(Device.parse(device), chosen)
        : TensorFlowEngine.open(Device.parse(device), chosen, memory);
  }

  /** Refuses what several replicas cannot be told. */
  void requireWhole() {
    if (memory != null) {
      throw refused(
          "--memory", "steps of several replicas are computed as they are", "a smaller batch");
    }
  }

  /** Refuses the options that limit, where measurements are made in processes of their own. */
  void requireNoLimits() {
    if (memory != null) {
      throw refused("--memory", "what is measured is what is needed", "bench without it");
    }
    if (deterministic != null) {
      throw refused(
          "--deterministic", "what is measured is time, with all threads", "bench without it");
    }
  }

  private static UsageError refused(String option, String reason, String meant) {
    return UsageError.in(option).because("%s", reason).maybe("%s was meant.", meant);
  }
}
