package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Cluster;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.MemoryBudget;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.bench.Interconnect;
import io.github.bilevel4j.examples.bench.ReplicaTimes;
import io.github.bilevel4j.examples.bench.ScaleBench;
import io.github.bilevel4j.examples.bench.ScaledProblem;
import io.github.bilevel4j.examples.bench.Workload;
import io.github.bilevel4j.examples.diagnosis.Machine;
import io.github.bilevel4j.examples.process.ChildProgram;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench scale}. */
@Command(
    name = "scale",
    description = {
      "A model of a training step on many GPUs: operations, messages and bytes of each replica are"
          + " counted on the expressions that it would compute, and turned into seconds by rates that"
          + " are stated.",
      "Before, the model is compared with one and two processes on this machine, whose rates are"
          + " measured in the same run."
    })
final class ScaleCommand extends PrintingCommand {
  private static final double MICRO = 1e-6;
  private static final double GIGA = 1e9;
  private static final double TERA = 1e12;

  @Mixin private BenchCommand.Options here;

  @Option(
      names = "--only",
      paramLabel = "NAME",
      split = ",",
      description = "simclr, umm, bilevel or umm-cg; may be repeated (default: all)")
  private Set<ScaledProblem> only = EnumSet.allOf(ScaledProblem.class);

  @Option(names = "--no-measurement", description = "the model alone")
  private boolean modelAlone;

  @Option(
      names = "--planned-encoder",
      paramLabel = "NAME",
      split = ",",
      description = "networks of the model (default: ${DEFAULT-VALUE})")
  private Set<EncoderKind> encoders = EnumSet.of(EncoderKind.RESNET18, EncoderKind.RESNET50);

  @Option(
      names = "--planned-batch",
      description = "images in a batch of the model, on all GPUs (default: ${DEFAULT-VALUE})")
  private int batch = 4096;

  @Option(
      names = "--planned-side",
      description = "height and width of the model's images (default: ${DEFAULT-VALUE})")
  private int side = 224;

  @Option(
      names = "--gpus",
      paramLabel = "N",
      split = ",",
      defaultValue = "8,64,256",
      description = "the numbers of GPUs (default: ${DEFAULT-VALUE})")
  private List<Integer> gpus;

  @Option(
      names = "--tflops",
      description =
          "10^12 floating-point operations a second that a GPU attains; by default what an A100"
              + " does in TF32: 938 images/s of ResNet-50, NVIDIA DeepLearningExamples, of 24.6 GFLOP"
              + " each (default: ${DEFAULT-VALUE})")
  private double tflops = 23;

  @Option(
      names = "--gpu-memory",
      paramLabel = "SIZE",
      defaultValue = "80g",
      description = "of a GPU (default: ${DEFAULT-VALUE})")
  private MemoryBudget memory;

  @Option(names = "--per-node", description = "GPUs of a node (default: ${DEFAULT-VALUE})")
  private int perNode = 8;

  @Option(
      names = "--inside",
      description =
          "GB/s from GPU to GPU in a node; by default NVLink of an A100, 600 in both directions"
              + " (default: ${DEFAULT-VALUE})")
  private double inside = 300;

  @Option(
      names = "--between",
      description =
          "GB/s from node to node; by default 400 Gb/s InfiniBand for each node (default:"
              + " ${DEFAULT-VALUE})")
  private double between = 50;

  @Option(
      names = "--latency",
      paramLabel = "START,INSIDE,BETWEEN",
      split = ",",
      arity = "1",
      defaultValue = "3.6,0.85,2.7",
      description =
          "microseconds that a message takes at least, and more for each hop inside and between"
              + " nodes; by default those by which NCCL 2.8 chooses its algorithm, for a ring with"
              + " low latency (default: ${DEFAULT-VALUE})")
  private List<Double> latency;

  @Option(names = "--addresses", hidden = true, split = ",")
  private List<String> addresses = List.of();

  @Option(names = "--rank", hidden = true)
  private Integer rank;

  @Override
  public Integer call() {
    here.device.requireNoLimits();
    requirePossible();
    if (rank != null) {
      print(ScaleBench.told(measured()));
      return 0;
    }
    print(Machine.description());
    if (!modelAlone) {
      Workload workload = here.workload();
      print("%s; median of %d runs; load %.1f%n", here.images(), here.runs, Machine.load());
      print(ScaleBench.here(only, workload, here.device.precision, this::command));
    }
    for (EncoderKind encoder : encoders) {
      for (ScaledProblem problem : ScaledProblem.values()) {
        if (only.contains(problem)) {
          model(encoder, problem);
        }
      }
    }
    return 0;
  }

  private void requirePossible() {
    Require require =
        Require.in("bench scale")
            .atLeast(1, "--planned-batch", batch)
            .atLeast(1, "--planned-side", side)
            .atLeast(1, "--per-node", perNode)
            .positive("--tflops", tflops)
            .positive("--inside", inside)
            .positive("--between", between);
    for (int number : gpus) {
      require.atLeast(1, "--gpus", number);
      if (batch % number != 0) {
        throw UsageError.in("--gpus")
            .because("a batch of %,d is not divisible by %d", batch, number)
            .error();
      }
    }
    latency.forEach(each -> require.notNegative("--latency", each));
    if (latency.size() != 3) {
      throw UsageError.in("--latency")
          .because("three numbers are needed, not %d", latency.size())
          .maybe("3.6,0.85,2.7 was meant.");
    }
  }

  private ReplicaTimes measured() {
    Device device = Device.parse(here.device.device);
    try (TensorFlowEngine engine =
        addresses.isEmpty()
            ? here.device.open()
            : TensorFlowEngine.open(device, here.device.precision, Cluster.of(addresses, rank))) {
      return ReplicaTimes.measured(only, here.workload(), here.runs, engine);
    }
  }

  private ImmutableList<String> command(ImmutableList<String> all, int number) {
    ImmutableList.Builder<String> arguments =
        ImmutableList.<String>builder()
            .add("bench", "scale", "--rank=" + number)
            .addAll(here.arguments());
    only.forEach(problem -> arguments.add("--only=" + problem));
    if (!all.isEmpty()) {
      arguments.add("--addresses=" + String.join(",", all));
    }
    return ChildProgram.command(List.of(), Main.class.getName(), arguments.build());
  }

  private void model(EncoderKind encoder, ScaledProblem problem) {
    print(
        "%n%s, %s, %,d images of %d x %d in two views%n",
        problem.title(), encoder, batch, side, side);
    Interconnect links =
        new Interconnect(
            perNode,
            inside * GIGA,
            between * GIGA,
            latency.get(0) * MICRO,
            latency.get(1) * MICRO,
            latency.get(2) * MICRO);
    try {
      print(
          ScaleBench.model(
              problem,
              here.workload(encoder, batch, side),
              gpus,
              new ScaleBench.Gpu(tflops * TERA, memory.bytes()),
              links));
    } catch (UsageError refused) {
      // What cannot be written as an expression is an answer, too.
      print("not possible: " + refused.getMessage().lines().findFirst().orElseThrow());
    }
  }
}
