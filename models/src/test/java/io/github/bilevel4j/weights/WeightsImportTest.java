package io.github.bilevel4j.weights;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import io.github.bilevel4j.augment.Normalize;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.encoder.ResNet18;
import io.github.bilevel4j.encoder.ResNet50;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.head.MlpHead.Norm;
import io.github.bilevel4j.layer.BatchNorm;
import io.github.bilevel4j.layer.Conv;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Residual;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.layer.Sequential;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Encoders of other programs by their names, and torchvision's features of the same weights. */
class WeightsImportTest {
  private static final long MODULUS = 1L << 32;

  @TempDir private Path folder;

  /** The names of a residual network with few and narrow layers. */
  private static final Encoder TINY =
      Encoder.of(
          ImmutableMap.of(
              "stem",
              Sequential.empty()
                  .then("conv1", Conv.between(3, 4).kernel(3).padding(1).bias(false))
                  .then("bn1", BatchNorm.over(4))
                  .init(Scope.seed(1)),
              "layer1",
              Sequential.of(Residual.basic(4, 4, 1)).init(Scope.seed(1).child("layer1")),
              "layer2",
              Sequential.of(Residual.basic(4, 8, 2)).init(Scope.seed(1).child("layer2")),
              "layer3",
              Sequential.of(Residual.basic(8, 8, 2)).init(Scope.seed(1).child("layer3")),
              "layer4",
              Sequential.of(Residual.basic(8, 8, 2)).init(Scope.seed(1).child("layer4"))));

  private static final Layer PROJECTOR =
      MlpHead.layers(8, 6, 5).hiddenNorm(Norm.AFFINE).init(Scope.seed(1).child("projector"));

  /** A number in [0, 1) that is the same in Python. */
  private static double number(long k, long seed) {
    return (double) (((k + 1) * 2654435761L + seed * 40503 * 65537) % MODULUS) / MODULUS;
  }

  private static long seed(String name) {
    return Integer.toUnsignedLong(name.hashCode()) % 1000003;
  }

  private static Array array(String name, List<Long> dims) {
    Shape shape = Shape.ofSizes(dims.stream().mapToLong(Long::longValue).toArray());
    if (dims.size() == 4) {
      double scale = 2 * Math.sqrt(3.0 * shape.dim(0) / shape.size());
      return Array.fill(shape, k -> (number(k, seed(name)) - 0.5) * scale);
    }
    boolean isCentered = name.endsWith("running_mean") || name.endsWith("bias");
    return Array.fill(
        shape, k -> isCentered ? (number(k, seed(name)) - 0.5) * 0.4 : 0.5 + number(k, seed(name)));
  }

  /** The arrays that PyTorch would save, by its names and in its layout. */
  private static Map<String, Array> torch(Variables variables, UnaryOperator<String> rename) {
    Map<String, Array> arrays = new LinkedHashMap<>();
    variables
        .leaves()
        .forEach(
            (own, leaf) -> {
              String name = own.replace('/', '.');
              arrays.put(rename.apply(name), array(name, TorchNames.dims(leaf)));
              if (name.endsWith("running_var")) {
                arrays.put(
                    rename.apply(name.replace("running_var", "num_batches_tracked")),
                    Array.scalar(7));
              }
            });
    return arrays;
  }

  private WeightsFile written(Map<String, Array> arrays) {
    Path file = folder.resolve("weights.safetensors");
    SafeTensors.write(file, arrays, ElementType.F64);
    return WeightsFile.open(file);
  }

  private static void assertIsTiny(WeightsImport imported) {
    ImmutableMap<String, Array> values = imported.values();
    Array filters = values.get("layer2/0/conv1/weight");
    Array torch = array("layer2.0.conv1.weight", List.of(8L, 4L, 3L, 3L));
    assertThat(filters.get(2, 1, 3, 5)).isEqualTo(torch.get(5, 3, 2, 1));
    assertThat(values.get("layer2/0/downsample/1/running_var"))
        .isEqualTo(array("layer2.0.downsample.1.running_var", List.of(8L)));
    assertThat(values.keySet()).containsAll(TINY.variables().names());
  }

  @ParameterizedTest
  @CsvSource({
    "'', fc.",
    "backbone., projector.",
    "encoder., projector.",
    "module.encoder_q., module.encoder_q.fc.",
    "module.base_encoder., module.base_encoder.fc.",
    "module.encoder., module.encoder.fc.",
    "module., module.projection_head.",
    "module.backbone., module.projector.",
    "online_network., online_network.projection.",
    "online_encoder.net., projector.",
    "_feature_blocks., heads.",
    "base_model._feature_blocks., heads.",
    "back_bone., head.",
    "convnet., projector.",
    "backbone., projection_head.layers.",
    "model.some.net., projection.",
  })
  void prefixesAreFound(String prefix, String head) {
    Map<String, Array> arrays = torch(TINY.variables(), name -> prefix + name);
    arrays.putAll(
        torch(PROJECTOR.variables(), name -> head + name.substring("projector.".length())));
    arrays.putAll(torch(TINY.variables(), name -> "momentum_" + prefix + name));
    arrays.putAll(torch(TINY.variables(), name -> "module.encoder_k." + name));
    try (WeightsFile file = written(arrays)) {
      WeightsImport imported = WeightsImport.of(file, TINY.variables(), Optional.empty());
      assertThat(imported.prefix()).isEqualTo(prefix);
      assertIsTiny(imported);
      imported.takeHead("projector", PROJECTOR.variables());
      boolean isHead = !head.startsWith("heads") && !(prefix.isEmpty() && head.equals("fc."));
      assertThat(imported.values().containsKey("projector/3/weight")).isEqualTo(isHead);
      if (isHead) {
        assertThat(imported.values().get("projector/3/weight").get(5, 4))
            .isEqualTo(array("projector.3.weight", List.of(5L, 6L)).get(4, 5));
      }
      assertThat(imported.report()).contains("counters (num_batches_tracked): ");
    }
  }

  @Test
  void childrenOfASequenceAreNamed() {
    UnaryOperator<String> lightly =
        name ->
            "backbone."
                + name.replaceFirst("^conv1", "0")
                    .replaceFirst("^bn1", "1")
                    .replaceFirst("^layer1", "4")
                    .replaceFirst("^layer2", "5")
                    .replaceFirst("^layer3", "6")
                    .replaceFirst("^layer4", "7");
    try (WeightsFile file = written(torch(TINY.variables(), lightly))) {
      assertIsTiny(WeightsImport.of(file, TINY.variables(), Optional.empty()));
    }
  }

  @Test
  void denseStatisticsOfSdclrAreTaken() {
    Map<String, Array> arrays = new LinkedHashMap<>();
    torch(TINY.variables(), name -> name)
        .forEach(
            (name, array) -> {
              String other =
                  "module."
                      + name.replace("downsample.0.", "downsample.conv.")
                          .replace("downsample.1.", "downsample.bn.");
              arrays.put(other.replaceAll("(bn\\d?)\\.", "$1.bn_list.0."), array);
              if (other.contains("bn")) {
                arrays.put(
                    other.replaceAll("(bn\\d?)\\.", "$1.bn_list.1."),
                    Array.fill(array.shape(), k -> -1));
              }
            });
    try (WeightsFile file = written(arrays)) {
      assertIsTiny(WeightsImport.of(file, TINY.variables(), Optional.of("module")));
    }
  }

  @Test
  void anAverageIsTakenOnlyIfItIsAskedFor() {
    try (WeightsFile file = written(torch(TINY.variables(), name -> "module.encoder_k." + name))) {
      assertThatThrownBy(() -> WeightsImport.of(file, TINY.variables(), Optional.empty()))
          .isInstanceOf(UsageError.class)
          .hasMessageContaining("only the moving average of an encoder")
          .hasMessageEndingWith("Maybe --prefix module.encoder_k. was meant.");
      assertIsTiny(WeightsImport.of(file, TINY.variables(), Optional.of("module.encoder_k.")));
    }
  }

  private void assertRefused(Map<String, Array> arrays, String... parts) {
    try (WeightsFile file = written(arrays)) {
      assertThatThrownBy(() -> WeightsImport.of(file, TINY.variables(), Optional.empty()))
          .isInstanceOf(UsageError.class)
          .hasMessageStartingWith("import weights: ")
          .satisfies(
              e -> assertThat(List.of(parts)).allMatch(part -> e.getMessage().contains(part)));
    }
  }

  @Test
  void otherNetworksAreRefused() {
    Map<String, Array> good = torch(TINY.variables(), name -> name);
    Map<String, Array> wide = new LinkedHashMap<>(good);
    wide.put("layer3.0.bn2.weight", Array.vector(1, 2));
    assertRefused(
        wide, "0 are missing and 1 have another shape", "layer3/0/bn2/weight", "[8]", "[2]");
    Map<String, Array> less = new LinkedHashMap<>(good);
    less.remove("layer4.0.conv2.weight");
    assertRefused(less, "1 are missing", "layer4.0.conv2.weight");
    Map<String, Array> deep = new LinkedHashMap<>(good);
    deep.put("layer4.1.conv1.weight", good.get("layer4.0.conv2.weight"));
    assertRefused(deep, "more", "layer4.1.conv1.weight");
    Map<String, Array> d = new LinkedHashMap<>(good);
    d.remove("conv1.weight");
    d.put("conv1.0.weight", Array.vector(1));
    assertRefused(d, "ResNet-D", "resnet50d");
    assertRefused(Map.of("res2_0_branch2a_w", Array.vector(1)), "Caffe", "stride");
    assertRefused(Map.of("blocks.0.attn.qkv.weight", Array.vector(1)), "no such encoder");
    Map<String, Array> two = torch(TINY.variables(), name -> "left." + name);
    two.putAll(torch(TINY.variables(), name -> "right." + name));
    assertRefused(two, "several encoders", "[left., right.]");
  }

  @Test
  void aHeadWithOtherLayersIsSaid() {
    Map<String, Array> arrays = torch(TINY.variables(), name -> "backbone." + name);
    arrays.put("projector.0.weight", Array.fill(Shape.of(3, 8), k -> k));
    try (WeightsFile file = written(arrays)) {
      WeightsImport imported = WeightsImport.of(file, TINY.variables(), Optional.empty());
      imported.takeHead("projector", PROJECTOR.variables());
      assertThat(imported.report())
          .contains("projector: not used: its layers are [3, 8], the method's are [6, 8] [6]");
    }
  }

  @Test
  void exportsReturnInEveryFormat() {
    Map<String, Array> own = new LinkedHashMap<>();
    try (WeightsFile file = written(torch(TINY.variables(), name -> name))) {
      own.putAll(WeightsImport.of(file, TINY.variables(), Optional.empty()).values());
    }
    WeightsExport export = WeightsExport.of(own, 42, Map.of("bilevel4j.cut", "pool"));
    Path zip = folder.resolve("a.pth");
    Path tensors = folder.resolve("a.safetensors");
    export.pytorch(zip);
    export.safetensors(tensors);
    for (Path path : List.of(zip, tensors)) {
      try (WeightsFile file = WeightsFile.open(path)) {
        assertThat(file.shapes()).isEqualTo(export.shapes());
        assertThat(file.read("layer4.0.bn2.num_batches_tracked").scalarValue()).isEqualTo(42);
        ImmutableMap<String, Array> back =
            WeightsImport.of(file, TINY.variables(), Optional.empty()).values();
        own.forEach(
            (name, array) ->
                assertThat(back.get(name).toDoubles())
                    .containsExactly(array.toDoubles(), within(1e-7)));
      }
    }
    try (WeightsFile file = WeightsFile.open(tensors)) {
      assertThat(file.metadata())
          .containsEntry("format", "pt")
          .containsEntry("bilevel4j.cut", "pool");
    }
    assertThatThrownBy(() -> export.detectron2(folder.resolve("a.pkl")))
        .hasMessageContaining("stem of 7 x 7");
  }

  @Test
  void namesOfDetectron2() {
    assertThat(WeightsExport.detectron2Name("conv1.weight")).isEqualTo("stem.conv1.weight");
    assertThat(WeightsExport.detectron2Name("bn1.running_var"))
        .isEqualTo("stem.conv1.norm.running_var");
    assertThat(WeightsExport.detectron2Name("layer1.0.downsample.0.weight"))
        .isEqualTo("res2.0.shortcut.weight");
    assertThat(WeightsExport.detectron2Name("layer1.0.downsample.1.bias"))
        .isEqualTo("res2.0.shortcut.norm.bias");
    assertThat(WeightsExport.detectron2Name("layer4.1.bn2.bias"))
        .isEqualTo("res5.1.conv2.norm.bias");
  }

  /** Features of the second of two pictures that torchvision 0.28 computed in double precision. */
  @ParameterizedTest
  @CsvSource({"resnet18, imagenet", "resnet18, small", "resnet50, imagenet", "resnet50, small"})
  void featuresAreTorchvisions(String network, String stem) throws IOException {
    Scope scope = Scope.seed(1);
    boolean isSmall = stem.equals("small");
    Encoder encoder =
        network.equals("resnet18")
            ? isSmall ? ResNet18.smallImageStem(scope) : ResNet18.imageNetStem(scope)
            : isSmall ? ResNet50.smallImageStem(scope) : ResNet50.imageNetStem(scope);
    Array images = Array.fill(Shape.of(2, 32, 32, 3), k -> number(k, 999));
    Expr x = Expr.input("images", 2, 32, 32, 3);
    Step step = Step.named("features");
    for (String stage : encoder.stages()) {
      Expr map = encoder.features(stage, Normalize.imageNet().apply(x), Pass.evaluation());
      step = step.output(stage, map.shape().rank() == 4 ? map.globalAveragePool() : map);
    }
    Results results;
    try (WeightsFile file = written(torch(encoder.variables(), name -> "backbone." + name));
        Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
      WeightsImport imported = WeightsImport.of(file, encoder.variables(), Optional.empty());
      assertThat(WeightsImport.architecture(file, Optional.empty()))
          .isEqualTo(new WeightsImport.Architecture(network.equals("resnet50"), isSmall ? 3 : 7));
      Map<Expr, Array> values = new LinkedHashMap<>();
      imported.values().forEach((name, array) -> values.put(encoder.variables().get(name), array));
      engine.write(values);
      results = engine.compile(step).run(Feed.of(x, images));
      results.all().forEach((stage, features) -> assertThat(features.size()).isPositive());
      for (List<String> line : golden(network, stem)) {
        double[] features = results.all().get(line.get(2)).toDoubles();
        double largest = 0;
        for (double feature : features) {
          largest = Math.max(largest, Math.abs(feature));
        }
        for (int i = 0; i < 8; i++) {
          assertThat(features[features.length / 2 + i])
              .as(line.get(2))
              .isCloseTo(Double.parseDouble(line.get(3 + i)), within(1e-5 * largest));
        }
      }
    }
  }

  private static List<List<String>> golden(String network, String stem) throws IOException {
    List<List<String>> lines = new ArrayList<>();
    for (String line :
        Resources.readLines(
            Resources.getResource(WeightsImportTest.class, "torchvision-features.csv"), UTF_8)) {
      if (line.startsWith(network + "," + stem + ",")) {
        lines.add(Splitter.on(',').splitToList(line));
      }
    }
    assertThat(lines).hasSize(6);
    return lines;
  }
}
