package io.github.bilevel4j.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.layer.Computed;
import io.github.bilevel4j.shape.Array;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CropBoxesTest {
  private static final int COUNT = 20_000;
  private static final int HEIGHT = 24;
  private static final int WIDTH = 32;

  @Test
  void areWholePixelsInsideTheImageWithTheAreaAndRatioAskedFor() {
    List<Array> boxes = drawn(RandomResizedCrop.size(8).scale(0.2, 0.8));

    for (int i = 0; i < COUNT; i++) {
      double top = boxes.get(0).at(i);
      double left = boxes.get(1).at(i);
      double height = boxes.get(2).at(i);
      double width = boxes.get(3).at(i);
      assertThat(top).isEqualTo(Math.rint(top)).isBetween(0.0, HEIGHT - height);
      assertThat(left).isEqualTo(Math.rint(left)).isBetween(0.0, WIDTH - width);
      assertThat((height + 0.5) * (width + 0.5)).isGreaterThanOrEqualTo(0.2 * HEIGHT * WIDTH);
      assertThat((height - 0.5) * (width - 0.5)).isLessThanOrEqualTo(0.8 * HEIGHT * WIDTH);
      assertThat((width + 0.5) / (height - 0.5)).isGreaterThanOrEqualTo(3.0 / 4);
      assertThat((width - 0.5) / (height + 0.5)).isLessThanOrEqualTo(4.0 / 3);
    }
  }

  @Test
  void reachEveryPlace() {
    List<Array> boxes = drawn(RandomResizedCrop.size(8).scale(0.08, 0.1));

    for (int axis = 0; axis < 2; axis++) {
      Array first = boxes.get(axis);
      Array size = boxes.get(axis + 2);
      int available = axis == 0 ? HEIGHT : WIDTH;
      double[] free = new double[COUNT];
      Arrays.setAll(free, i -> available - size.at(i) - first.at(i));
      assertThat(Arrays.stream(first.toDoubles()).min()).hasValue(0);
      assertThat(Arrays.stream(free).min()).hasValue(0);
      double meanFirst = Arrays.stream(first.toDoubles()).average().orElseThrow();
      assertThat(Arrays.stream(free).average().orElseThrow()).isCloseTo(meanFirst, within(0.2));
    }
  }

  @Test
  void areDistributedAsByRejection() {
    RandomResizedCrop crop = RandomResizedCrop.size(8);
    List<Array> boxes = drawn(crop);

    double[] expected = meansByRejection(crop);
    for (int i = 0; i < 4; i++) {
      double mean = Arrays.stream(boxes.get(i).toDoubles()).average().orElseThrow();
      assertThat(mean).isCloseTo(expected[i], within(0.12));
    }
  }

  @Test
  void areCenteredAndLargestWhereNoDrawFits() {
    List<Array> boxes = drawn(RandomResizedCrop.size(8).scale(1, 1).ratio(2, 2));

    assertThat(boxes.get(0).at(7)).isEqualTo(4);
    assertThat(boxes.get(1).at(7)).isEqualTo(0);
    assertThat(boxes.get(2).at(7)).isEqualTo(16);
    assertThat(boxes.get(3).at(7)).isEqualTo(32);
    List<Array> upright = drawn(RandomResizedCrop.size(8).scale(1, 1).ratio(0.5, 0.5));
    assertThat(upright.get(2).at(7)).isEqualTo(24);
    assertThat(upright.get(3).at(7)).isEqualTo(12);
    assertThat(upright.get(1).at(7)).isEqualTo(10);
  }

  private static List<Array> drawn(RandomResizedCrop crop) {
    CropBoxes boxes = CropBoxes.drawn(crop, COUNT, HEIGHT, WIDTH, RandomKey.fixed(3));
    return Computed.of(List.of(boxes.top(), boxes.left(), boxes.height(), boxes.width()));
  }

  private static double[] meansByRejection(RandomResizedCrop crop) {
    Random random = new Random(4);
    double[] sums = new double[4];
    for (int i = 0; i < COUNT; i++) {
      int[] box = {0, 0, HEIGHT, WIDTH};
      for (int attempt = 0; attempt < 10; attempt++) {
        double share = crop.minScale() + random.nextDouble() * (crop.maxScale() - crop.minScale());
        double area = share * HEIGHT * WIDTH;
        double from = Math.log(crop.minRatio());
        double ratio = Math.exp(from + random.nextDouble() * (Math.log(crop.maxRatio()) - from));
        int width = (int) Math.round(Math.sqrt(area * ratio));
        int height = (int) Math.round(Math.sqrt(area / ratio));
        if (width <= WIDTH && height <= HEIGHT) {
          box =
              new int[] {
                random.nextInt(HEIGHT - height + 1),
                random.nextInt(WIDTH - width + 1),
                height,
                width
              };
          break;
        }
      }
      for (int k = 0; k < 4; k++) {
        sums[k] += box[k];
      }
    }
    return Arrays.stream(sums).map(sum -> sum / COUNT).toArray();
  }
}
