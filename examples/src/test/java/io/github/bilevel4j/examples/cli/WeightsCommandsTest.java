package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.augment.Normalize;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.encoder.SmallConvNet;
import io.github.bilevel4j.experiment.SavedNormalization;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.weights.ElementType;
import io.github.bilevel4j.weights.SafeTensors;
import io.github.bilevel4j.weights.WeightsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.types.TFloat32;

/**
 * Weights in and out by the command line, with the encoder {@code small} where no other is said.
 */
class WeightsCommandsTest {
  private static final Normalize NORMALIZE = Normalize.cifar100();

  @TempDir private Path folder;
  private Path own;

  /** The weights of a run, with a projector of two layers. */
  @BeforeEach
  void write() {
    own = written("weights.safetensors", SmallConvNet.init(Scope.seed(3)), 128);
  }

  private Path written(String name, Encoder encoder, int features) {
    Path path = folder.resolve(name);
    Layer projector = MlpHead.layers(features, 16, 8).init(Scope.seed(3).child("projector"));
    Map<String, Array> arrays = new LinkedHashMap<>();
    encoder
        .variables()
        .and(projector.variables())
        .leaves()
        .forEach((n, v) -> arrays.put(n, first(v)));
    arrays.put("step", Array.scalar(12));
    SafeTensors.write(path, arrays, ElementType.F32, SavedNormalization.metadata(NORMALIZE));
    return path;
  }

  private static Array first(Expr variable) {
    return ((Leaf.Variable) variable.op()).initializer().values(variable.shape());
  }

  private Path out(String name) {
    return folder.resolve(name);
  }

  @Test
  void inspectTellsStatistics() {
    Ending ended = Ending.of("inspect", own);
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(ended.out())
        .contains("format     safetensors")
        .contains("bilevel4j.mean: 0.5071 0.4865 0.4409")
        .containsPattern(
            "\\| stem/bn/running_var +\\| +\\[32] \\| +f32 \\| +128 \\| +1.0000 \\| +1.0000 \\| +0.0000");
  }

  @Test
  void exportsForPyTorchAreCutWhereItIsSaid() {
    Ending ended =
        Ending.of("export", own, "--to", "pytorch", "--cut", "projector/1", "--out", out("a.pth"));
    assertThat(ended.status()).as(ended.err()).isZero();
    try (WeightsFile file = WeightsFile.open(out("a.pth"))) {
      assertThat(file.shapes())
          .containsKey("projector.0.bias")
          .doesNotContainKey("projector.2.weight")
          .doesNotContainKey("step");
      assertThat(file.read("layer2.bn.num_batches_tracked").scalarValue()).isEqualTo(12);
    }
    ended =
        Ending.of(
            "export", own, "--to", "safetensors", "--cut", "layer1", "--out", out("b.safetensors"));
    assertThat(ended.status()).as(ended.err()).isZero();
    try (WeightsFile file = WeightsFile.open(out("b.safetensors"))) {
      assertThat(file.metadata()).containsEntry("bilevel4j.cut", "layer1");
      assertThat(file.shapes())
          .containsKey("layer1.conv.weight")
          .doesNotContainKey("layer2.conv.weight");
    }
  }

  @Test
  void theEncoderTinyIsExportedAsItIs() {
    Encoder encoder = SmallConvNet.tiny(Scope.seed(3));
    Path tiny = written("tiny.safetensors", encoder, 64);
    Ending ended = Ending.of("export", tiny, "--to", "pytorch", "--out", out("a.pth"));
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(ended.out()).contains("tiny, cut after pool");
    try (WeightsFile exported = WeightsFile.open(out("a.pth"));
        WeightsFile source = WeightsFile.open(tiny)) {
      assertThat(exported.shapes().keySet())
          .hasSize(encoder.variables().names().size() + encoder.stages().size() - 1);
      assertThat(exported.read("layer2.bn.weight")).isEqualTo(source.read("layer2/bn/weight"));
    }
    assertRefused("this is the encoder tiny", "export", tiny, "--to", "timm", "--out", out("t"));
  }

  @Test
  void aSavedModelComputesTheFeatures() {
    Ending ended = Ending.of("export", own, "--to", "savedmodel", "--out", out("model"));
    assertThat(ended.status()).as(ended.err()).isZero();
    Encoder encoder = SmallConvNet.init(Scope.seed(3));
    for (int n : new int[] {2, 5}) {
      Expr x = Expr.input("images", n, 32, 32, 3);
      Array images = Array.fill(Shape.of(n, 32, 32, 3), i -> i % 97 / 96.0);
      Expr features = encoder.apply(NORMALIZE.apply(x), Pass.evaluation());
      double[] expected;
      try (TensorFlowEngine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
        expected =
            engine
                .compile(Step.named("features").output("features", features))
                .run(Feed.of(x, images))
                .all()
                .get("features")
                .toDoubles();
      }
      float[][][][] pixels = new float[n][32][32][3];
      for (int i = 0; i < images.size(); i++) {
        pixels[i / 3072][i / 96 % 32][i / 3 % 32][i % 3] = (float) images.at(i);
      }
      try (SavedModelBundle model = SavedModelBundle.load(out("model").toString(), "serve");
          TFloat32 fed = TFloat32.tensorOf(StdArrays.ndCopyOf(pixels));
          Tensor result = model.function("serving_default").call(fed)) {
        TFloat32 computed = (TFloat32) result;
        assertThat(computed.shape().asArray()).containsExactly(n, 128);
        for (int i = 0; i < expected.length; i++) {
          assertThat((double) computed.getFloat(i / 128, i % 128))
              .isCloseTo(expected[i], within(1e-5));
        }
      }
    }
  }

  @Test
  void anExportIsTakenByProbe() throws IOException {
    assertThat(Ending.of("export", own, "--to", "pytorch", "--out", out("a.pth")).status())
        .isZero();
    CommandLineTest.drawPictures(out("data"));
    Ending refused =
        Ending.of("probe", "--weights", out("a.pth"), "--data", out("data"), "--device", "cpu");
    assertThat(refused.status()).isEqualTo(2);
    Ending taken =
        Ending.of(
            "probe",
            "--weights",
            out("a.pth"),
            "--data",
            out("data"),
            "--device",
            "cpu",
            "--batch",
            8,
            "--normalized-by",
            "half");
    assertThat(taken.status()).as(taken.err()).isZero();
    assertThat(taken.out()).contains("format     PyTorch (ZIP)").contains("| pool");
  }

  private void assertRefused(String message, Object... arguments) {
    Ending ended = Ending.of(arguments);
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.err().strip()).contains(message).doesNotContain("\n");
  }

  @Test
  void mistakesAreToldInOneLine() throws IOException {
    assertRefused("knows residual networks", "export", own, "--to", "timm", "--out", out("t"));
    assertRefused(
        "there is no stage \"layer9\"", "export", own, "--to", "pytorch", "--cut", "layer9");
    assertRefused(
        "has 2 dense layers",
        "export",
        own,
        "--to",
        "pytorch",
        "--cut",
        "projector/3",
        "--out",
        out("p"));
    assertRefused("exists", "export", own, "--to", "pytorch", "--out", own);
    assertRefused(
        "holds no weights.safetensors",
        "export",
        Files.createDirectory(out("run")),
        "--to",
        "pytorch");
    assertRefused("no such encoder", "import", own, "--into", "resnet18");
    assertRefused("there is no file", "inspect", out("gone.pth"));
    assertRefused("--weights FILE was meant", "umm", "--prefix", "backbone.");
    assertThat(out("t")).doesNotExist();
  }
}
