package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
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
}
