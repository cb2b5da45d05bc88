package io.github.bilevel4j.examples.cli;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.augment.Normalize;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.examples.study.LayerReport;
import io.github.bilevel4j.experiment.LayerScores;
import io.github.bilevel4j.experiment.SavedNormalization;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.file.WholeFile;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.weights.WeightsExport;
import io.github.bilevel4j.weights.WeightsFile;
import io.github.bilevel4j.weights.WeightsImport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes an encoder for other programs. */
@Command(
    name = "export",
    description =
        "Writes the encoder of a run, or of a file of weights, for PyTorch, torchvision, timm,"
            + " Detectron2 or TensorFlow.")
final class ExportCommand extends PrintingCommand {
  private static final String POOL = "pool";
  private static final String BEST = "best";
  private static final List<String> HEADS = List.of("projector/", "predictor/");
  private static final int SMALL_STEM = 3;
  private static final int SMALL_SIDE = 32;
  private static final int LARGE_SIDE = 224;

  /** Any number, since a SavedModel takes batches of any size. */
  private static final int BATCH = 7;

  /** What is written. */
  enum Target {
    SAFETENSORS(".safetensors"),
    PYTORCH(".pth"),
    TORCHVISION(".torchvision.pth"),
    TIMM(".timm.pth"),
    DETECTRON2(".pkl"),
    SAVEDMODEL(".savedmodel");

    private final String ending;

    Target(String ending) {
      this.ending = ending;
    }

    /** Whether a program expects all layers of a network that it knows. */
    boolean isWholeResNet() {
      return this == TORCHVISION || this == TIMM || this == DETECTRON2;
    }
  }

  @Parameters(paramLabel = "RUN|FILE", description = "the folder of a run, or weights")
  Path source;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "safetensors|pytorch|torchvision|timm|detectron2|savedmodel",
      description = "the program that will read it")
  Target target;

  @Option(
      names = "--cut",
      paramLabel = "STAGE",
      description =
          "the last layer that is kept: a stage of the encoder, projector/1 for the first layer of"
              + " the projector with its normalization, projector/out, the same of the predictor, or"
              + " best, the layer that guillotine has found (default: ${DEFAULT-VALUE})")
  String cut = POOL;

  @Mixin ForeignOptions options = new ForeignOptions();

  @Option(
      names = "--out",
      paramLabel = "PATH",
      description = "what to write (default: the source's name with the target's ending)")
  Path out;

  @Override
  public Integer call() {
    if (cut.equals(BEST)) {
      cut = LayerReport.cut(LayerScores.read(GuillotineCommand.scores(source)));
    }
    try (WeightsFile file = WeightsFile.open(weights())) {
      Optional<String> prefix = Optional.ofNullable(options.prefix);
      Network network = Network.of(file, prefix);
      WeightsImport imported = WeightsImport.of(file, network.encoder.variables(), prefix);
      imported.takeHead("projector");
      imported.takeHead("predictor");
      Map<String, Array> values = imported.values();
      requireCut(network, values);
      Path written = written();
      Map<String, Array> kept = kept(values, network.encoder, file);
      write(written, network, kept, normalization(file, network), steps(file));
      print(
          "%s, cut after %s: %d arrays",
          network.isResNet() ? imported.summary() : network.kind.toString(), cut, kept.size());
      print("written to " + written);
      return 0;
    }
  }

  /** An encoder and the residual network that it is, if it is one. */
  private record Network(
      EncoderKind kind, Encoder encoder, Optional<WeightsImport.Architecture> found) {
    static Network of(WeightsFile file, Optional<String> prefix) {
      if (has(file, "stem")) {
        return of(
            has(file, "layer3") ? EncoderKind.SMALL : EncoderKind.TINY,
            SMALL_SIDE,
            Optional.empty());
      }
      WeightsImport.Architecture found = WeightsImport.architecture(file, prefix);
      EncoderKind kind = found.hasBottlenecks() ? EncoderKind.RESNET50 : EncoderKind.RESNET18;
      return of(kind, side(found), Optional.of(found));
    }

    private static Network of(
        EncoderKind kind, int side, Optional<WeightsImport.Architecture> found) {
      return new Network(kind, kind.init(Scope.seed(1), side), found);
    }

    /** Whether there is such a stage of an encoder that is no residual network. */
    private static boolean has(WeightsFile file, String stage) {
      return file.shapes().containsKey(stage + "/conv/weight")
          || file.shapes().containsKey(stage + ".conv.weight");
    }

    private static int side(WeightsImport.Architecture found) {
      return found.stem() == SMALL_STEM ? SMALL_SIDE : LARGE_SIDE;
    }

    boolean isResNet() {
      return found.isPresent();
    }

    int side() {
      return found.map(Network::side).orElse(SMALL_SIDE);
    }
  }

  private Path weights() {
    if (!Files.isDirectory(source)) {
      return source;
    }
    return SavedRun.weights("export", source);
  }

  private void requireCut(Network network, Map<String, Array> values) {
    Encoder encoder = network.encoder;
    boolean isStage = encoder.stages().contains(cut);
    if (!isStage && !cut.matches("(projector|predictor)/(out|[1-9]\\d?)")) {
      List<String> there = new ArrayList<>(encoder.stages());
      for (String head : HEADS) {
        int count = dense(values, head).size();
        for (int i = 1; i <= count; i++) {
          there.add(head + (i == count ? "out" : i));
        }
      }
      throw UsageError.in("--cut")
          .because("there is no stage \"%s\"", cut)
          .value("stages", String.join(", ", there))
          .maybe("one of these was meant.");
    }
    if (target.isWholeResNet() && (!network.isResNet() || !cut.equals(POOL))) {
      throw UsageError.in("export")
          .because(
              "%s %s",
              Ascii.toLowerCase(target.name()),
              network.isResNet()
                  ? "takes the whole encoder alone"
                  : "knows residual networks, but this is the encoder " + network.kind)
          .maybe("--to pytorch or --to safetensors was meant.");
    }
    if (target == Target.SAVEDMODEL && !isStage) {
      throw UsageError.in("export")
          .because("a SavedModel is cut after a stage of the encoder")
          .value("stages", String.join(", ", encoder.stages()))
          .maybe("--cut pool was meant.");
    }
  }

  private Map<String, Array> kept(Map<String, Array> values, Encoder encoder, WeightsFile file) {
    Map<String, Array> kept = new LinkedHashMap<>(values);
    if (encoder.stages().contains(cut)) {
      kept.keySet().retainAll(encoder.early(cut).variables().names());
      return kept;
    }
    String head = cut.substring(0, cut.indexOf('/') + 1);
    List<String> layers = dense(values, head);
    String number = cut.substring(head.length());
    int count = number.equals("out") ? layers.size() : Integer.parseInt(number);
    if (layers.isEmpty() || count > layers.size()) {
      throw UsageError.in("--cut")
          .because(
              "the %s in %s has %d dense layers",
              head.substring(0, head.length() - 1), file.path(), layers.size())
          .value("cut", cut)
          .maybe("--cut pool was meant.");
    }
    if (count < layers.size()) {
      int end = index(layers.get(count), head);
      kept.keySet().removeIf(name -> name.startsWith(head) && index(name, head) >= end);
    }
    for (String behind : HEADS.subList(HEADS.indexOf(head) + 1, HEADS.size())) {
      kept.keySet().removeIf(name -> name.startsWith(behind));
    }
    return kept;
  }

  /** What the names of a head's dense layers begin with, in order. */
  private static List<String> dense(Map<String, Array> values, String head) {
    return values.keySet().stream()
        .filter(name -> name.startsWith(head))
        .map(name -> name.substring(0, name.lastIndexOf('/') + 1))
        .distinct()
        .filter(layer -> values.containsKey(layer + "weight"))
        .filter(layer -> values.get(layer + "weight").shape().rank() == 2)
        .toList();
  }

  /** Of {@code projector/3/weight} 3. */
  private static int index(String name, String head) {
    return Integer.parseInt(name.substring(head.length(), name.indexOf('/', head.length())));
  }

  private static long steps(WeightsFile file) {
    return file.shapes().containsKey("step") ? (long) file.read("step").at(0) : 0;
  }

  private Optional<Normalize> normalization(WeightsFile file, Network network) {
    if (options.normalizedBy != null) {
      return Optional.of(options.normalizedBy.normalize());
    }
    Optional<Normalize> saved = SavedNormalization.of(file.metadata());
    return saved.isPresent() || WeightsImport.isOwn(file)
        ? saved
        : network.found.map(found -> NormalizedBy.of(found).normalize());
  }

  private void write(
      Path path,
      Network network,
      Map<String, Array> kept,
      Optional<Normalize> normalize,
      long steps) {
    ImmutableMap.Builder<String, String> metadata = ImmutableMap.builder();
    metadata.put("bilevel4j.cut", cut);
    normalize.map(SavedNormalization::metadata).ifPresent(metadata::putAll);
    WeightsExport export = WeightsExport.of(kept, steps, metadata.buildOrThrow());
    switch (target) {
      case SAFETENSORS -> export.safetensors(path);
      case PYTORCH, TORCHVISION, TIMM -> export.pytorch(path);
      case DETECTRON2 -> export.detectron2(path);
      case SAVEDMODEL -> savedModel(path, network, kept, requireNormalization(normalize));
    }
  }

  private Normalize requireNormalization(Optional<Normalize> normalize) {
    return normalize.orElseThrow(
        () ->
            UsageError.in("export")
                .because("%s does not tell how its pictures were normalized", source)
                .maybe("--normalized-by imagenet, cifar10 or half was meant."));
  }

  /** Pictures {@code images [n, side, side, 3]} in [0, 1] to {@code features}. */
  private void savedModel(
      Path path, Network network, Map<String, Array> kept, Normalize normalize) {
    Expr images = Expr.input("images", BATCH, network.side(), network.side(), 3);
    Encoder part = network.encoder.early(cut);
    Expr features = part.apply(normalize.apply(images), Pass.evaluation());
    try (TensorFlowEngine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
      engine.write(part.variables(), kept);
      byte[] model = engine.savedModel(Step.named("encoder").output("features", features));
      try {
        Files.createDirectories(path.resolve("variables"));
      } catch (IOException e) {
        throw new WriteException(path, e);
      }
      WholeFile.write(path.resolve("saved_model.pb"), model);
    }
  }

  private Path written() {
    Path name = source.toAbsolutePath().normalize().getFileName();
    Path path =
        out != null
            ? out
            : source
                .toAbsolutePath()
                .resolveSibling(
                    name.toString().replaceFirst("\\.(pth|pt|ckpt|safetensors)$", "")
                        + target.ending);
    if (Files.exists(path)) {
      throw UsageError.in("export")
          .because("%s exists", path)
          .maybe("--out with another name was meant; weights are never written over.");
    }
    return path;
  }
}
