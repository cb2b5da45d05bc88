package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ImageDatasetTest {
  private static LabeledImages numbered(int count) {
    byte[][] images = new byte[count][];
    for (int i = 0; i < count; i++) {
      images[i] = new byte[] {(byte) i, 0, 0};
    }
    return LabeledImages.of(1, 1, 3, images, new int[count], List.of("one"));
  }

  private static List<Integer> numbers(LabeledImages images) {
    return IntStream.range(0, images.count()).mapToObj(i -> images.samples(i)[0] & 0xff).toList();
  }

  private static final LabeledImages ALL = numbered(50);
  private static final ImageDataset DATA = new ImageDataset(ALL, numbered(5), "numbers");

  @Test
  void pretrainingOnAFewLeavesTheOthersToTheProbe() {
    ImageDataset few = DATA.pretrainedOn(10, 3);
    assertThat(few.pretraining().count()).isEqualTo(10);
    assertThat(Stream.of(few.pretraining(), few.train()).flatMap(part -> numbers(part).stream()))
        .containsExactlyInAnyOrderElementsOf(numbers(ALL));
    assertThat(numbers(few.pretraining())).isSorted();
    assertThat(few.test()).isEqualTo(DATA.test());
    assertThat(numbers(DATA.pretrainedOn(10, 4).pretraining()))
        .isNotEqualTo(numbers(few.pretraining()));
  }

  @Test
  void imagesOfTheirOwnForPretraining() {
    LabeledImages unlabeled = numbered(20);
    ImageDataset few = new ImageDataset(ALL, ALL, unlabeled, "numbers").pretrainedOn(19, 1);
    assertThat(few.train()).isSameAs(ALL);
    assertThat(few.pretraining().count()).isEqualTo(19);
  }

  @Test
  void aProbeOfAFew() {
    ImageDataset few = DATA.probedOn(7, 1);
    assertThat(few.train().count()).isEqualTo(7);
    assertThat(few.pretraining()).isSameAs(ALL);
  }

  @Test
  void asManyAsThereAre() {
    for (int count : new int[] {0, 50}) {
      assertThatThrownBy(() -> DATA.pretrainedOn(count, 1))
          .hasMessageContaining("--pretrain-images: " + count + " of 50 images cannot be drawn");
      assertThatThrownBy(() -> DATA.probedOn(count, 1))
          .hasMessageContaining("--probe-images: " + count + " of 50 images cannot be drawn");
    }
  }

  private static final int CLASSES = 10;

  private static LabeledImages inClasses(int ofEach) {
    int count = CLASSES * ofEach;
    int[] labels = IntStream.range(0, count).map(i -> i % CLASSES).toArray();
    return LabeledImages.of(
        1,
        1,
        1,
        IntStream.range(0, count).mapToObj(i -> new byte[] {(byte) i}).toArray(byte[][]::new),
        labels,
        IntStream.range(0, CLASSES).mapToObj(i -> "class " + i).toList());
  }

  private static List<Integer> sizes(LabeledImages images) {
    int[] sizes = new int[CLASSES];
    IntStream.of(images.labels()).forEach(label -> sizes[label]++);
    return IntStream.of(sizes).boxed().toList();
  }

  /** 5,000, 2,997, 1,796, ... 50 in CIFAR-10-LT (there rounded down), here of a fiftieth. */
  @Test
  void aLongTail() {
    LabeledImages all = inClasses(100);
    ImageDataset data = new ImageDataset(all, all, "classes");
    LabeledImages tail = data.longTailed(OptionalInt.empty(), 100, 1).pretraining();
    assertThat(sizes(tail)).containsExactlyInAnyOrder(100, 60, 36, 22, 13, 8, 5, 3, 2, 1);
    assertThat(sizes(data.longTailed(OptionalInt.empty(), 100, 2).pretraining()))
        .isNotEqualTo(sizes(tail))
        .containsExactlyInAnyOrderElementsOf(sizes(tail));
    assertThat(sizes(data.longTailed(OptionalInt.of(124), 100, 1).pretraining()))
        .containsExactlyInAnyOrder(50, 30, 18, 11, 6, 4, 2, 1, 1, 1);
    assertThat(data.longTailed(OptionalInt.empty(), 1, 1).pretraining().count()).isEqualTo(1000);
    assertThat(data.longTailed(OptionalInt.empty(), 100, 1).train()).isSameAs(all);
  }

  @Test
  void noLongTail() {
    LabeledImages all = inClasses(10);
    ImageDataset data = new ImageDataset(all, all, "classes");
    for (double ratio : new double[] {0.5, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> data.longTailed(OptionalInt.empty(), ratio, 1))
          .hasMessageStartingWith("--long-tail: the largest class cannot be " + ratio + " times");
    }
    assertThatThrownBy(() -> data.longTailed(OptionalInt.of(50), 100, 1))
        .hasMessageContaining("has 10 images")
        .hasMessageContaining("needs ");
    assertThatThrownBy(() -> DATA.longTailed(OptionalInt.empty(), 100, 1))
        .hasMessageStartingWith("--long-tail: 1 classes have no tail");
  }
}
