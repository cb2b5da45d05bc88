package io.github.bilevel4j.examples.cli;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.examples.bench.FeaturesBench;
import io.github.bilevel4j.examples.bench.HvpBench;
import io.github.bilevel4j.examples.bench.PrecisionBench;
import io.github.bilevel4j.examples.bench.ReadingBench;
import io.github.bilevel4j.examples.bench.SelfTimed;
import io.github.bilevel4j.examples.bench.SslStepBench;
import io.github.bilevel4j.examples.bench.StartBench;
import io.github.bilevel4j.examples.bench.Workload;
import io.github.bilevel4j.examples.diagnosis.Machine;
import io.github.bilevel4j.examples.process.ChildProgram;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.MethodRecipe;
import io.github.bilevel4j.ssl.Preset;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** {@code bench NAME}: times on this machine, as Markdown tables. */
@Command(
    name = "bench",
    description = "Times the steps of real programs and the estimators of the hypergradient.",
    subcommands = {
      HypergradientBenchCommand.class,
      ProfileCommand.class,
      ScaleCommand.class,
      FuzzCommand.class,
      CrashCommand.class
    })
final class BenchCommand extends PrintingCommand {
  /** What is told of trained weights and their pictures. */
  private static final ImmutableList<String> OF_WEIGHTS =
      ImmutableList.of(
          "--data",
          "--image-size",
          "--subset",
          "--classes",
          "--pretrain-on",
          "--skip-damaged",
          "--verify",
          "--method",
          "--preset",
          "--prefix",
          "--normalized-by");

  /** What all benchmarks share. */
  static final class Options {
    @Option(
        names = "--encoder",
        description = "tiny, small, resnet18 or resnet50 (default: ${DEFAULT-VALUE})")
    private EncoderKind encoder = EncoderKind.SMALL;

    @Option(
        names = "--batch",
        description = "images in a batch, each in two views (default: ${DEFAULT-VALUE})")
    private int batch = 64;

    @Option(
        names = "--side",
        description = "height and width of an image in pixels (default: ${DEFAULT-VALUE})")
    private int side = 32;

    @Option(
        names = "--runs",
        description = "measured runs after one to warm up (default: ${DEFAULT-VALUE})")
    int runs = 5;

    @Option(names = "--seed", description = "of pixels and weights (default: ${DEFAULT-VALUE})")
    private long seed = 1;

    @Mixin DeviceOptions device;

    /** The network and what it sees. */
    String images() {
      return String.format(
          Locale.ROOT, "%s, %d images of %d x %d in two views", encoder, batch, side, side);
    }

    /** These options, for another process. */
    ImmutableList<String> arguments() {
      ImmutableList.Builder<String> arguments =
          ImmutableList.<String>builder()
              .add(
                  "--encoder=" + encoder,
                  "--batch=" + batch,
                  "--side=" + side,
                  "--runs=" + runs,
                  "--seed=" + seed,
                  "--device=" + device.device,
                  "--precision=" + device.precision);
      if (device.memory != null) {
        arguments.add("--memory=" + device.memory.bytes());
      }
      return arguments.build();
    }

    Workload workload() {
      Require.in("--runs").atLeast(1, "value", runs);
      return workload(encoder, batch, side);
    }

    /** With another network and other images. */
    Workload workload(EncoderKind other, int images, int pixels) {
      Scope scope = Scope.seed(seed);
      Encoder network = other.init(scope, pixels);
      Expr step = Experiment.counter("step");
      MethodContext context =
          new MethodContext(
              Preset.QUICK, network, other.features(), scope, pixels, images, images, 1, 1, step);
      return Workload.of(network, BuiltInMethod.SIMCLR.recipe(context), images, pixels, seed);
    }
  }

  /** Without a name: says how to run one. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return 0;
  }

  @Command(
      name = "ssl-step",
      description =
          "A SimCLR training step, and hypergradients of UMM's bi-level problem over the layers"
              + " after layer1: images per second, and the most memory that the process held.",
      mixinStandardHelpOptions = true)
  int sslStep(
      @Mixin Options options,
      @Option(names = "--augment", description = "with the augmentations in the training step")
          boolean augmented,
      @Option(
              names = "--only",
              paramLabel = "NAME",
              split = ",",
              description =
                  "training, cg, exact or umm; may be repeated (default: all; with --against:"
                      + " training)")
          Set<SslStepBench.Part> only,
      @Mixin AgainstOptions against) {
    Workload workload = options.workload();
    if (against.isGiven()) {
      Set<SslStepBench.Part> one = chosen(only, EnumSet.of(SslStepBench.Part.TRAINING));
      if (one.size() > 1) {
        throw UsageError.in("--against")
            .because("it is compared with one thing, not with %d", one.size())
            .maybe("--only=training was meant.");
      }
      return against(options, augmented, Iterables.getOnlyElement(one), against);
    }
    try (Engine engine = options.device.open()) {
      printSetting(options, engine);
      Map<String, SslStepBench.Need> needs =
          SslStepBench.run(
              chosen(only, EnumSet.allOf(SslStepBench.Part.class)),
              workload,
              augmented,
              options.runs,
              engine);
      print(SslStepBench.table(needs, options.batch));
      if (needs.size() == 1) {
        print("%nmedian_s=%.6g", Iterables.getOnlyElement(needs.values()).time().median());
      }
    }
    print("\npeak memory " + Machine.peakMemory());
    return 0;
  }

  private static Set<SslStepBench.Part> chosen(
      Set<SslStepBench.Part> only, Set<SslStepBench.Part> otherwise) {
    return only == null ? otherwise : EnumSet.copyOf(only);
  }

  private int against(
      Options options, boolean augmented, SslStepBench.Part part, AgainstOptions against) {
    options.device.requireNoLimits();
    print(Machine.description());
    print(
        "%s, %s; %s, %s; median of %d runs; load %.1f%n",
        Device.parse(options.device.device),
        Ascii.toLowerCase(options.device.precision.name()),
        part,
        options.images(),
        options.runs,
        Machine.load());
    List<String> arguments = new ArrayList<>(List.of("bench", "ssl-step", "--only=" + part));
    arguments.addAll(options.arguments());
    if (augmented) {
      arguments.add("--augment");
    }
    SelfTimed here =
        new SelfTimed(
            "bench ssl-step",
            ChildProgram.command(List.of(), Main.class.getName(), arguments),
            Redirect.PIPE);
    return against.compare(here::seconds, this);
  }

  @Command(
      description =
          "The time of one more conjugate-gradient iteration against that of a whole"
              + " Hessian-vector product: the primal pass is shared.",
      mixinStandardHelpOptions = true)
  int hvp(@Mixin Options options) {
    Workload workload = options.workload();
    try (Engine engine = options.device.open()) {
      printSetting(options, engine);
      print(HvpBench.run(workload, options.runs, engine));
    }
    print("peak memory " + Machine.peakMemory());
    return 0;
  }

  @Command(
      description =
          "How far loss, gradient and hypergradients in float32 and in mixed precision are from"
              + " those in float64, on the same images and weights. Both are measured, once,"
              + " whatever --precision and --runs say. With --weights of an encoder that was"
              + " trained, on pictures of --data, of their size, under the views of its method and"
              + " preset.",
      mixinStandardHelpOptions = true)
  int precision(
      @Mixin Options options,
      @Mixin DataOption data,
      @Option(
              names = "--weights",
              paramLabel = "FILE",
              description = "of encoder and projector, of a run of pretrain or umm")
          Path weights,
      @Option(
              names = "--method",
              description =
                  "the method that the weights were trained with, one of two views (default:"
                      + " simclr)")
          MethodRecipe method,
      @Option(names = "--preset", description = "the preset of that run (default: quick)")
          Preset preset,
      @Mixin ForeignOptions foreign) {
    if (weights == null) {
      refuse(OF_WEIGHTS, "random pixels and new weights are measured", "--weights FILE was meant.");
      Workload random = options.workload();
      print(Machine.description());
      print("%s; %s%n", Device.parse(options.device.device), options.images());
      print(PrecisionBench.run(engine -> random, options.device::open));
    } else {
      refuse(
          List.of("--side"),
          "pictures of --data have a size of their own",
          "--image-size was meant.");
      WeightsOption trained = new WeightsOption(weights, foreign);
      ExperimentSettings settings =
          trained.on(
              ExperimentSettings.of(
                      data.read(),
                      options.encoder,
                      Objects.requireNonNullElse(method, BuiltInMethod.SIMCLR))
                  .preset(Objects.requireNonNullElse(preset, Preset.QUICK))
                  .batch(options.batch)
                  .seed(options.seed)
                  .epochs(1));
      ImmutableMap<String, Array> pictures;
      try (Engine engine = options.device.open(Precision.FLOAT64)) {
        pictures = Workload.pictures(loaded(trained, settings, engine, this::print));
      }
      print(Machine.description());
      print(
          "%s; %s, %d pictures of %s in two views%n",
          Device.parse(options.device.device), options.encoder, options.batch, data.source);
      print(
          PrecisionBench.run(
              engine -> Workload.of(loaded(trained, settings, engine, told -> {}), pictures),
              options.device::open));
    }
    print("\npeak memory " + Machine.peakMemory());
    return 0;
  }

  private void refuse(List<String> meaningless, String reason, String advice) {
    ParseResult given = spec.commandLine().getParseResult().subcommand();
    for (String option : meaningless) {
      if (given.hasMatchedOption(option)) {
        throw UsageError.in(option).because("%s", reason).maybe("%s", advice);
      }
    }
  }

  private static Experiment loaded(
      WeightsOption weights, ExperimentSettings settings, Engine engine, Consumer<String> told) {
    Experiment experiment = Experiment.of(settings, engine);
    weights.withProjector(experiment, "bench precision", told);
    return experiment;
  }

  @Command(
      description =
          "How fast pictures of different sizes are read: two crops of 224 x 224 of each, from a"
              + " folder of JPEG files of 500 x 375 that is made for it.",
      mixinStandardHelpOptions = true)
  int reading(
      @Option(
              names = "--pictures",
              defaultValue = "2000",
              description = "in the folder (default: ${DEFAULT-VALUE})")
          int pictures,
      @Option(
              names = "--different",
              defaultValue = "300",
              description = "of them; others are hard links to these (default: ${DEFAULT-VALUE})")
          int different,
      @Option(
              names = "--batch",
              defaultValue = "256",
              description = "pictures in a step (default: ${DEFAULT-VALUE})")
          int batch,
      @Option(
              names = "--steps",
              defaultValue = "10",
              description = "measured after one (default: ${DEFAULT-VALUE})")
          int steps,
      @Option(
              names = "--seed",
              defaultValue = "1",
              description = "of pictures and crops (default: ${DEFAULT-VALUE})")
          long seed) {
    Require.in("bench reading")
        .atLeast(1, "pictures", pictures)
        .atLeast(1, "different", different)
        .atLeast(1, "steps", steps);
    print(Machine.description());
    print(ReadingBench.run(pictures, different, batch, steps, seed));
    print("\npeak memory " + Machine.peakMemory());
    return 0;
  }

  @Command(
      description =
          "The time of evaluating frozen features, of each part from the host to the result there,"
              + " against the rate of a large matrix product in the same run, and the memory that it"
              + " took besides what was held before (alone, with --only: in all).",
      mixinStandardHelpOptions = true)
  int features(
      @Mixin Options options,
      @Option(
              names = "--images",
              defaultValue = "5000",
              description = "whose features are computed (default: ${DEFAULT-VALUE})")
          int images,
      @Option(
              names = "--train",
              defaultValue = "50000",
              description = "train samples (default: ${DEFAULT-VALUE})")
          int train,
      @Option(
              names = "--test",
              defaultValue = "10000",
              description = "test samples (default: ${DEFAULT-VALUE})")
          int test,
      @Option(
              names = "--dimension",
              defaultValue = "512",
              description = "of the samples' features (default: ${DEFAULT-VALUE})")
          int dimension,
      @Option(
              names = "--classes",
              defaultValue = "10",
              description = "of the samples (default: ${DEFAULT-VALUE})")
          int classes,
      @Option(
              names = "--epochs",
              defaultValue = "100",
              description = "of the probe by stochastic gradients (default: ${DEFAULT-VALUE})")
          int epochs,
      @Option(
              names = "--only",
              paramLabel = "NAME",
              split = ",",
              description =
                  "features, neighbors, weighted, rate, newton or sgd; of what needs no labels, of"
                      + " 2,000 images: crr, rankme, effective_rank, lidar, alpha, alignment,"
                      + " uniformity or id; may be repeated (default: all)")
          Set<FeaturesBench.Part> only) {
    Require.in("bench features")
        .atLeast(1, "number of images", images)
        .atLeast(200, "number of train samples", train)
        .atLeast(1, "number of test samples", test)
        .atLeast(1, "dimension", dimension)
        .atLeast(2, "number of classes", classes)
        .atLeast(1, "number of epochs", epochs);
    Workload workload = options.workload();
    FeaturesBench bench =
        new FeaturesBench(
            images, options.batch, train, test, dimension, classes, epochs, options.seed);
    try (TensorFlowEngine engine = options.device.open()) {
      print(Machine.description());
      print(
          "%s, %s; %s, images of %d x %d by %d; %,d train and %,d test samples in %d classes, %d"
              + " features; load %.1f%n",
          engine.device(),
          Ascii.toLowerCase(engine.precision().name()),
          options.encoder,
          options.side,
          options.side,
          options.batch,
          train,
          test,
          classes,
          dimension,
          Machine.load());
      print(
          bench.run(
              only == null ? EnumSet.allOf(FeaturesBench.Part.class) : EnumSet.copyOf(only),
              workload.encoder(),
              options.side,
              engine));
    }
    print("\npeak memory " + Machine.peakMemory());
    return 0;
  }

  @Command(
      description =
          "The time from the start of a virtual machine to the end of the first training step, each"
              + " in a process of its own. What the launcher does before is not in it.",
      mixinStandardHelpOptions = true)
  int start(
      @Mixin Options options,
      @Option(names = "--since", hidden = true, paramLabel = "MILLISECONDS") Long since) {
    if (since != null) {
      double before = (System.currentTimeMillis() - since) / 1e3;
      print(StartBench.once(before, options::workload, options.device::open));
      return 0;
    }
    Require.in("--runs").atLeast(1, "value", options.runs);
    print(Machine.description());
    print("%s; %d runs; load %.1f%n", options.images(), options.runs, Machine.load());
    List<String> arguments = new ArrayList<>(List.of("bench", "start"));
    arguments.addAll(options.arguments());
    print(
        StartBench.run(
            options.runs,
            () -> {
              String now = "--since=" + System.currentTimeMillis();
              return ChildProgram.command(
                  List.of(),
                  Main.class.getName(),
                  Stream.concat(arguments.stream(), Stream.of(now)).toList());
            }));
    return 0;
  }

  private void printSetting(Options options, Engine engine) {
    print(Machine.description());
    print(
        "%s, %s; %s; median of %d runs; load %.1f%n",
        engine.device(),
        Ascii.toLowerCase(engine.precision().name()),
        options.images(),
        options.runs,
        Machine.load());
  }
}
