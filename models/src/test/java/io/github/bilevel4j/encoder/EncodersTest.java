package io.github.bilevel4j.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Computed;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Parameter counts are torchvision's less the classifier's. */
class EncodersTest {
  private static final Scope SCOPE = Scope.seed(1);

  @Test
  void resNet18ForSmallImages() {
    Encoder encoder = ResNet18.smallImageStem(SCOPE);

    assertThat(encoder.parameters().dimension()).isEqualTo(11_168_832);
    assertThat(shapes(encoder, 32))
        .containsExactlyEntriesOf(
            ImmutableMap.<String, Shape>builder()
                .put("stem", Shape.of(2, 32, 32, 64))
                .put("layer1", Shape.of(2, 32, 32, 64))
                .put("layer2", Shape.of(2, 16, 16, 128))
                .put("layer3", Shape.of(2, 8, 8, 256))
                .put("layer4", Shape.of(2, 4, 4, 512))
                .put("pool", Shape.of(2, 512))
                .buildOrThrow());
  }

  @Test
  void resNet18ForImageNet() {
    Encoder encoder = ResNet18.imageNetStem(SCOPE);

    assertThat(encoder.parameters().dimension()).isEqualTo(11_176_512);
    assertThat(shapes(encoder, 224))
        .containsEntry("stem", Shape.of(2, 56, 56, 64))
        .containsEntry("layer4", Shape.of(2, 7, 7, 512));
  }

  @Test
  void resNet50ForSmallImages() {
    Encoder encoder = ResNet50.smallImageStem(SCOPE);

    assertThat(encoder.parameters().dimension()).isEqualTo(23_500_352);
    assertThat(shapes(encoder, 32))
        .containsEntry("layer1", Shape.of(2, 32, 32, 256))
        .containsEntry("pool", Shape.of(2, 2048));
  }

  @Test
  void resNet50ForImageNet() {
    Encoder encoder = ResNet50.imageNetStem(SCOPE);

    assertThat(encoder.parameters().dimension()).isEqualTo(23_508_032);
    assertThat(shapes(encoder, 224)).containsEntry("layer4", Shape.of(2, 7, 7, 2048));
  }

  @Test
  void resNetsHaveTorchvisionsNames() {
    Encoder encoder = ResNet18.imageNetStem(SCOPE);

    assertThat(encoder.parameters().names()).hasSize(60);
    assertThat(encoder.state().names()).hasSize(40);
    assertThat(encoder.variables().names())
        .contains(
            "conv1/weight",
            "bn1/running_var",
            "layer1/0/conv2/weight",
            "layer2/0/downsample/0/weight",
            "layer2/0/downsample/1/running_mean",
            "layer4/1/bn2/bias")
        .doesNotContain("layer1/0/downsample/0/weight");
    assertThat(ResNet50.imageNetStem(SCOPE).parameters().names())
        .hasSize(159)
        .contains("layer1/0/downsample/0/weight", "layer3/5/conv3/weight");
  }

  @Test
  void smallConvNet() {
    Encoder encoder = SmallConvNet.init(SCOPE);

    assertThat(encoder.parameters().dimension()).isEqualTo(241_184);
    assertThat(shapes(encoder, 32))
        .containsExactlyEntriesOf(
            ImmutableMap.<String, Shape>builder()
                .put("stem", Shape.of(2, 16, 16, 32))
                .put("layer1", Shape.of(2, 8, 8, 64))
                .put("layer2", Shape.of(2, 8, 8, 128))
                .put("layer3", Shape.of(2, 4, 4, 128))
                .put("pool", Shape.of(2, 128))
                .buildOrThrow());
  }

  @Test
  void tiny() {
    Encoder encoder = SmallConvNet.tiny(SCOPE);

    assertThat(encoder.parameters().dimension()).isEqualTo(23_696);
    assertThat(shapes(encoder, 16))
        .containsExactlyEntriesOf(
            ImmutableMap.of(
                "stem", Shape.of(2, 8, 8, 16),
                "layer1", Shape.of(2, 4, 4, 32),
                "layer2", Shape.of(2, 4, 4, 64),
                "pool", Shape.of(2, 64)));
  }

  @Test
  void featuresOfDifferentImagesDiffer() {
    Expr images = Expr.constant(Computed.uniform(1, 4, 32, 32, 3));

    Array features = Computed.of(SmallConvNet.init(SCOPE).apply(images, Pass.batchStatistics()));
    assertThat(features.get(0, 5)).isFinite().isNotEqualTo(features.get(1, 5));
  }

  private static Map<String, Shape> shapes(Encoder encoder, int size) {
    Expr images = Expr.input("images", 2, size, size, 3);
    Map<String, Shape> shapes = new LinkedHashMap<>();
    for (String stage : encoder.stages()) {
      shapes.put(stage, encoder.features(stage, images, Pass.evaluation()).shape());
    }
    return shapes;
  }
}
