package io.github.bilevel4j.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class UnlabeledSplitTest {
  private static ImageDataset numbered(int count) {
    byte[][] images = new byte[count][];
    for (int i = 0; i < count; i++) {
      images[i] = new byte[] {(byte) i, 0, 0};
    }
    LabeledImages all = LabeledImages.of(1, 1, 3, images, new int[count], List.of("one"));
    return new ImageDataset(all, all, "numbers");
  }

  private static List<Integer> numbers(LabeledImages images) {
    return IntStream.range(0, images.count()).mapToObj(i -> images.samples(i)[0] & 0xff).toList();
  }

  @Test
  void aTenthIsHeldOutByTheSeed() {
    ImageDataset data = numbered(105);
    UnlabeledSplit split = UnlabeledSplit.of(data, 3);
    assertThat(split.heldOut().count()).isEqualTo(10);
    assertThat(
            Stream.of(split.heldOut(), split.data().pretraining())
                .flatMap(part -> numbers(part).stream()))
        .containsExactlyInAnyOrderElementsOf(numbers(data.train()));
    assertThat(split.data().train()).isEqualTo(data.train());
    assertThat(numbers(UnlabeledSplit.of(data, 3).heldOut())).isEqualTo(numbers(split.heldOut()));
    assertThat(numbers(UnlabeledSplit.of(data, 4).heldOut()))
        .isNotEqualTo(numbers(split.heldOut()));
    assertThatThrownBy(() -> UnlabeledSplit.of(numbered(19), 1))
        .hasMessageStartingWith("held-out images: a tenth of 19 images cannot be held out");
  }

  @Test
  void soManyAreHeldOut() {
    UnlabeledSplit split = UnlabeledSplit.of(numbered(30), 28, 1);
    assertThat(split.heldOut().count()).isEqualTo(28);
    assertThat(split.data().pretraining().count()).isEqualTo(2);
    for (int none : new int[] {1, 30}) {
      assertThatThrownBy(() -> UnlabeledSplit.of(numbered(30), none, 1))
          .hasMessage("--monitor-images: " + none + " of 30 images cannot be held out.");
    }
  }
}
