package io.github.bilevel4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.BatchNorm;
import io.github.bilevel4j.layer.Flatten;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Images of 1 x 2 pixels and two channels: image i has the samples 4 i, 4 i + 1, 4 i + 2, 4 i + 3.
 * The encoder {@code norm, flat} normalizes channels and joins all axes.
 */
class FeatureExtractorTest {
  private final Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  private final Layer norm = BatchNorm.over(2).init(Scope.seed(0));
  private final Encoder encoder = Encoder.of(ImmutableMap.of("norm", norm, "flat", new Flatten()));

  @AfterEach
  void close() {
    engine.close();
  }

  private static LabeledImages images(int count) {
    byte[][] images = new byte[count][];
    for (int i = 0; i < count; i++) {
      images[i] =
          new byte[] {(byte) (4 * i), (byte) (4 * i + 1), (byte) (4 * i + 2), (byte) (4 * i + 3)};
    }
    int[] labels = IntStream.range(0, count).map(i -> i % 3).toArray();
    return LabeledImages.of(1, 2, 2, images, labels, List.of("a", "b", "c"));
  }

  private FeatureExtractor extractor(int batch) {
    return FeatureExtractor.of(engine, encoder, pixels -> pixels.times(255), batch);
  }

  /** Sets the running statistics so that the layer computes (x - mean) / sqrt(variance). */
  private void normalizeBy(double mean, double variance) {
    engine.write(
        norm.state(),
        Map.of(
            "running_mean", Array.vector(mean, mean),
            "running_var", Array.vector(variance - 1e-5, variance - 1e-5)));
  }

  @Test
  void takesEveryImageOnceInOrder() {
    normalizeBy(0, 1);
    Features features = extractor(3).features("flat", images(7));
    assertThat(rounded(features)).isEqualTo(IntStream.range(0, 28).boxed().toList());
    assertThat(features.matrix().shape()).hasToString("[7, 4]");
    assertThat(features.labels().toArray()).containsExactly(0, 1, 2, 0, 1, 2, 0);
    assertThat(features.classes()).isEqualTo(3);
  }

  @Test
  void theBatchDoesNotMatter() {
    normalizeBy(3, 4);
    Array whole = extractor(7).features("flat", images(7)).matrix();
    for (int batch : new int[] {1, 2, 4, 100}) {
      assertThat(extractor(batch).features("flat", images(7)).matrix()).isEqualTo(whole);
    }
  }

  @Test
  void poolsAFeatureMap() {
    normalizeBy(0, 1);
    // Pixels (4i, 4i + 1) and (4i + 2, 4i + 3) have the mean (4i + 1, 4i + 2).
    assertThat(rounded(extractor(2).features("norm", images(3))))
        .containsExactly(1, 2, 5, 6, 9, 10);
  }

  @Test
  void severalStagesAreThoseOneByOne() {
    FeatureExtractor extractor = extractor(2);
    ImmutableMap<String, Features> both = extractor.features(List.of("flat", "norm"), images(5));
    assertThat(both.keySet()).containsExactly("flat", "norm");
    both.forEach(
        (stage, features) -> assertThat(features).isEqualTo(extractor.features(stage, images(5))));
  }

  @Test
  void usesThePresentStatistics() {
    FeatureExtractor extractor = extractor(2);
    normalizeBy(0, 1);
    assertThat(rounded(extractor.features("flat", images(1)))).containsExactly(0, 1, 2, 3);
    normalizeBy(-9, 0.25);
    assertThat(rounded(extractor.features("flat", images(1)))).containsExactly(18, 20, 22, 24);
  }

  @Test
  void imagesOfSeveralSizesAreWelcome() {
    normalizeBy(0, 1);
    FeatureExtractor extractor = extractor(2);
    LabeledImages tall =
        LabeledImages.of(2, 1, 2, new byte[][] {{1, 2, 3, 4}}, new int[] {0}, List.of("a"));
    assertThat(rounded(extractor.features("flat", images(1)))).containsExactly(0, 1, 2, 3);
    assertThat(rounded(extractor.features("flat", tall))).containsExactly(1, 2, 3, 4);
  }

  @Test
  void anUnknownStageIsNamed() {
    assertThatThrownBy(() -> extractor(2).features("pool", images(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            encoder: there is no stage "pool".
              stages  norm, flat
            Maybe one of these was meant.""");
  }

  @Test
  void noStageIsAMistake() {
    assertThatThrownBy(() -> extractor(2).features(List.of(), images(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            feature extractor: no stage is named.
            Maybe "pool" was meant.""");
  }

  @Test
  void anEmptyBatchIsAMistake() {
    assertThatThrownBy(() -> FeatureExtractor.of(engine, encoder, UnaryOperator.identity(), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            feature extractor: the batch has 0 images.
            Maybe a batch of 256 was meant.""");
  }

  @Test
  void aStageOfAnotherRankIsAMistake() {
    Layer joined = Layer.of(Variables.none(), (values, x, pass) -> x.reshape(-1, 2, 2));
    FeatureExtractor extractor =
        FeatureExtractor.of(
            engine, Encoder.of(Map.of("tokens", joined)), UnaryOperator.<Expr>identity(), 2);
    assertThatThrownBy(() -> extractor.features("tokens", images(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            feature extractor: a stage has neither features [n, d] nor a map [n, height, width, \
            channels].
              stage  tokens  [2, 2, 2]
            Maybe a Flatten is missing in it.""");
  }

  private static List<Integer> rounded(Features features) {
    return IntStream.range(0, features.matrix().size())
        .mapToObj(
            i -> {
              double value = features.matrix().at(i);
              assertThat(value).isCloseTo(Math.rint(value), within(1e-9));
              return (int) Math.rint(value);
            })
        .toList();
  }
}
