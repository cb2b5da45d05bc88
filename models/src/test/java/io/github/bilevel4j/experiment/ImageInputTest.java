package io.github.bilevel4j.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.data.BatchOrder;
import io.github.bilevel4j.data.Batches;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.data.ProceduralImages;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageInputTest {
  private static final LabeledImages DATA = ProceduralImages.shapes(50, 1, 1).train();
  private static final Batches BATCHES = new Batches(50, 8, 3);

  private static ImageInput neededBy(ImageInput input, Expr... computed) {
    return ImageInput.neededBy(List.of(computed), List.of(input)).get(0);
  }

  /** A batch of bytes, gathered on the device or fed, has the bits of one fed in doubles. */
  @ParameterizedTest
  @CsvSource({
    "FLOAT32, GPU",
    "FLOAT64, GPU",
    "MIXED, GPU",
    "FLOAT32, CPU",
    "FLOAT64, CPU",
    "MIXED, CPU"
  })
  void batchesAreThoseOfTheData(Precision precision, Device.Kind kind) {
    ImageInput all = ImageInput.named("x", new BatchOrder(BATCHES), DATA, kind);
    Expr images = all.batch().images();
    ImageInput input = neededBy(all, images);
    Expr plain = Expr.input("plain", images.shape().toArray());
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), precision)) {
      var gathering = engine.compile(Step.named("gathered").output("y", images));
      var feeding = engine.compile(Step.named("fed").output("y", plain.plus(0)));
      for (int step : new int[] {0, 1, 5, 6, 40, 2}) {
        int[] positions = BATCHES.batch(step / BATCHES.perEpoch(), step % BATCHES.perEpoch());
        Array expected = Array.wrap(plain.shape(), DATA.pixels(positions));
        assertThat(gathering.run(input.feed(step)).get("y"))
            .isEqualTo(feeding.run(Feed.of(plain, expected)).get("y"));
      }
    }
  }

  @Test
  void ofAResidentSetPositionsAloneAreFed() {
    ImageInput all = ImageInput.named("x", new BatchOrder(BATCHES), DATA, Device.Kind.GPU);
    ImageInput input = neededBy(all, all.batch().images());
    assertThat(input.inputs()).containsExactly(all.batch().indices());
    assertThat(input.feed(3).namesOutside(ImmutableList.of())).containsExactly("x/indices");
  }

  @Test
  void whatNothingNeedsIsNotFed() {
    ImageInput all = ImageInput.named("x", new BatchOrder(BATCHES), DATA, Device.Kind.CPU);
    assertThat(neededBy(all, Expr.constant(1)).inputs()).isEmpty();
    assertThat(neededBy(all, Expr.constant(1)).feed(0).namesOutside(ImmutableList.of())).isEmpty();
  }

  @Test
  void ofASetBesideTheProcessorTheBatchIsFedWithoutACopy() {
    ImageInput all = ImageInput.named("x", new BatchOrder(BATCHES), DATA, Device.Kind.CPU);
    ImageInput input = neededBy(all, all.batch().images());
    assertThat(input.inputs()).containsExactly(all.batch().images());
    assertThat(input.feed(3).namesOutside(ImmutableList.of())).containsExactly("x");
    byte[][] once = DATA.batch(new int[] {4}).samples().orElseThrow();
    assertThat(DATA.batch(new int[] {7, 4}).samples().orElseThrow()[1]).isSameAs(once[0]);
  }
}
