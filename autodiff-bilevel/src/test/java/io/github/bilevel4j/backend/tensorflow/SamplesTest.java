package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.proto.DataType;

/** Images that are bytes until the device computes with them. */
class SamplesTest {
  private static final int IMAGES = 300;
  private static final Shape SHAPE = Shape.of(IMAGES, 8, 4, 2);

  /** Every byte in every image but for its place; more than a graph's constant may have. */
  private static byte[][] rows() {
    byte[][] rows = new byte[IMAGES][64];
    for (int i = 0; i < IMAGES; i++) {
      for (int j = 0; j < 64; j++) {
        rows[i][j] = (byte) (31 * i + 4 * j + i / 64);
      }
    }
    return rows;
  }

  private static final Array SAMPLES = Array.ofSamples(SHAPE, rows());

  /** The same numbers, by way of doubles. */
  private static Array doubles() {
    return Array.wrap(SHAPE, SAMPLES.toDoubles());
  }

  private static Array run(Precision precision, Expr output, Feed feed) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), precision)) {
      return engine.compile(Step.named("samples").output("y", output)).run(feed).get("y");
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void rowsOfAConstantHaveTheBitsOfDoublesThatAreFed(Precision precision) {
    Expr indices = Expr.input("indices", 5);
    int[] positions = {299, 0, 17, 17, 256};
    Array gathered =
        run(
            precision,
            Expr.constant(SAMPLES).gather(indices),
            Feed.of(indices, Array.vector(299, 0, 17, 17, 256)));
    Expr plain = Expr.input("plain", 5, 8, 4, 2);
    Array rows = Array.fill(plain.shape(), i -> SAMPLES.at(64 * positions[i / 64] + i % 64));
    assertThat(gathered).isEqualTo(run(precision, plain.plus(0), Feed.of(plain, rows)));
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void anInputOfSamplesHasTheBitsOfDoubles(Precision precision) {
    Expr bytes = Expr.samplesInput("bytes", SHAPE.toArray());
    Expr plain = Expr.input("plain", SHAPE.toArray());
    assertThat(run(precision, bytes, Feed.of(bytes, SAMPLES)))
        .isEqualTo(run(precision, plain, Feed.of(plain, doubles())));
    assertThat(run(precision, plain, Feed.of(plain, SAMPLES)))
        .isEqualTo(run(precision, plain, Feed.of(plain, doubles())));
  }

  @Test
  void aConstantIsItsValueEverywhere() {
    Array sum = Array.scalar(0);
    for (int i = 0; i < SAMPLES.size(); i++) {
      sum = Array.scalar(sum.scalarValue() + SAMPLES.at(i));
    }
    assertThat(run(Precision.FLOAT64, Expr.constant(SAMPLES).sum(), Feed.none()).scalarValue())
        .isCloseTo(sum.scalarValue(), within(1e-8));
    Array few = Array.ofSamples(Shape.of(2, 2), new byte[][] {{0, 51}, {(byte) 255, (byte) 204}});
    assertThat(run(Precision.FLOAT64, Expr.constant(few), Feed.none()))
        .isEqualTo(Array.of(Shape.of(2, 2), 0, 0.2, 1, 0.8));
  }

  @Test
  void theTableIsOneArrayOfBytes() {
    try (TensorFlowEngine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
      Expr indices = Expr.input("indices", 1);
      engine
          .compile(Step.named("one").output("y", Expr.constant(SAMPLES).gather(indices)))
          .run(Feed.of(indices, Array.vector(1)));
      assertThat(engine.arrays()).isEqualTo(1);
    }
    assertThat(DeviceState.hostType(new Leaf.Constant(SAMPLES), Precision.FLOAT32))
        .isEqualTo(DataType.DT_UINT8);
  }

  @Test
  void indicesThatDoNotExistAreNamed() {
    Expr indices = Expr.input("indices", 1);
    assertThatThrownBy(
            () ->
                run(
                    Precision.FLOAT32,
                    Expr.constant(SAMPLES).gather(indices),
                    Feed.of(indices, Array.vector(300))))
        .isInstanceOf(UsageError.class);
  }

  @Test
  void anInputOfSamplesTakesNoDoubles() {
    Expr bytes = Expr.samplesInput("bytes", 2);
    assertThatThrownBy(() -> Feed.of(bytes, Array.vector(0, 1)))
        .isInstanceOf(UsageError.class)
        .hasMessage(
            """
            feed: the input "bytes" takes 8-bit samples.
            Maybe Array.ofSamples(shape, rows) was meant.""");
  }

  @Test
  void rowsFillTheShape() {
    assertThatThrownBy(() -> Array.ofSamples(Shape.of(2, 3), new byte[][] {{1, 2, 3}, {1, 2}}))
        .isInstanceOf(UsageError.class)
        .hasMessage(
            """
            array of samples: 2 rows do not fill the shape [2, 3].
            Maybe the first axis should count the images.""");
    assertThatThrownBy(() -> Array.ofSamples(Shape.of(0, 3), new byte[0][]))
        .isInstanceOf(UsageError.class);
    assertThatThrownBy(() -> Array.ofSamples(Shape.scalar(), new byte[][] {{1}}))
        .isInstanceOf(UsageError.class);
  }

  @Test
  void arraysOfSamplesAreValues() {
    Array same = Array.ofSamples(SHAPE, rows());
    assertThat(same).isEqualTo(SAMPLES).hasSameHashCodeAs(SAMPLES);
    byte[][] rows = rows();
    rows[200][3]++;
    assertThat(Array.ofSamples(SHAPE, rows)).isNotEqualTo(SAMPLES);
    assertThat(SAMPLES.reshape(SAMPLES.size()).at(70)).isEqualTo(SAMPLES.at(70));
    assertThat(SAMPLES.get(1, 0, 3, 0)).isEqualTo(SAMPLES.at(70));
    assertThat(SAMPLES.toString()).startsWith("[300, 8, 4, 2][0.0, 0.01568");
  }
}
