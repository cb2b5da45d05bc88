package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ImageStreamTest {
  private static final PictureCrop CROP = new PictureCrop(5, 0.2, 1, 3.0 / 4, 4.0 / 3, true);

  /** Images of one pixel, which are read when they are asked for; image i has the samples i. */
  private abstract static class Read implements ImageSamples {
    private final AtomicInteger reads = new AtomicInteger();

    @Override
    public int count() {
      return 40;
    }

    @Override
    public void copy(int index, byte[] into, int at) {
      reads.incrementAndGet();
      read(index);
      for (int c = 0; c < 3; c++) {
        into[at + c] = (byte) (index + c);
      }
    }

    abstract void read(int index);
  }

  private static LabeledImages images(Read samples) {
    return LabeledImages.unlabeled(1, 1, 3, samples);
  }

  private static Read healthy() {
    return new Read() {
      @Override
      void read(int index) {}
    };
  }

  private static BatchOrder order() {
    return new BatchOrder(new Batches(40, 6, 7));
  }

  private static Array expected(LabeledImages images, int step) {
    byte[][] rows = new byte[6][];
    int[] positions = order().at(step);
    for (int i = 0; i < 6; i++) {
      rows[i] = images.samples(positions[i]);
    }
    return Array.ofSamples(Shape.of(6, 1, 1, 3), rows);
  }

  /** An executor has terminated a moment before its threads have. */
  private static void assertNoThreadIsLeft() throws InterruptedException {
    for (int i = 0; i < 1000 && !threads().isEmpty(); i++) {
      Thread.sleep(10);
    }
    assertThat(threads()).isEmpty();
  }

  private static Set<String> threads() {
    Set<String> names = new TreeSet<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("images-") && thread.isAlive()) {
        names.add(thread.getName());
      }
    }
    return names;
  }

  @Test
  void givesTheImagesOfEachStepInOrder() {
    LabeledImages images = images(healthy());
    try (ImageStream stream = ImageStream.of(images, order())) {
      for (int step = 0; step < 20; step++) {
        assertThat(stream.at(step)).containsExactly(expected(images, step));
      }
    }
  }

  @Test
  void anyStepCanBeAskedForAtAnyTime() {
    LabeledImages images = images(healthy());
    try (ImageStream stream = ImageStream.of(images, order())) {
      for (int step : new int[] {13, 14, 3, 3, 90, 4, 15}) {
        assertThat(stream.at(step)).containsExactly(expected(images, step));
      }
    }
  }

  @Test
  void readsAheadButNotMuch() {
    Read samples = healthy();
    try (ImageStream stream = ImageStream.of(images(samples), order())) {
      assertThat(stream.at(0)).hasSize(1);
    }
    assertThat(samples.reads.get()).isBetween(6, 9 * 6);
  }

  @Test
  void noThreadIsLeft() throws InterruptedException {
    ImageStream stream = ImageStream.of(images(healthy()), order());
    assertThat(threads()).isEmpty();
    assertThat(stream.at(0)).hasSize(1);
    assertThat(threads()).isNotEmpty();
    stream.close();
    assertNoThreadIsLeft();
    assertThat(stream.at(1)).hasSize(1);
    stream.close();
    assertNoThreadIsLeft();
  }

  @Test
  void damageIsToldAtItsStepAndOthersAreStillGiven() {
    int damaged = order().at(5)[2];
    LabeledImages images =
        images(
            new Read() {
              @Override
              void read(int index) {
                if (index == damaged) {
                  throw UsageError.in("read images").because("file %d is damaged", index).error();
                }
              }
            });
    try (ImageStream stream = ImageStream.of(images, order())) {
      for (int step = 0; step < 5; step++) {
        assertThat(stream.at(step)).hasSize(1);
      }
      for (int again = 0; again < 2; again++) {
        assertThatThrownBy(() -> stream.at(5))
            .isInstanceOf(UsageError.class)
            .hasMessageContaining("file %d is damaged", damaged);
      }
      assertThat(stream.at(4)).hasSize(1);
    }
    assertThat(threads()).isEmpty();
  }

  @Test
  void waitingCanBeInterrupted() throws InterruptedException {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch finished = new CountDownLatch(1);
    LabeledImages images =
        images(
            new Read() {
              @Override
              void read(int index) {
                reading.countDown();
                try {
                  finished.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
            });
    List<Throwable> failures = new ArrayList<>();
    ImageStream stream = ImageStream.of(images, order());
    Thread user =
        new Thread(
            () -> {
              try {
                stream.at(0);
              } catch (UncheckedIOException e) {
                failures.add(e);
                failures.add(Thread.currentThread().isInterrupted() ? e : null);
              }
            });
    user.start();
    reading.await();
    user.interrupt();
    user.join();
    assertThat(failures).hasSize(2).doesNotContainNull();
    finished.countDown();
    stream.close();
    assertNoThreadIsLeft();
  }

  private static LabeledImages originals() {
    ImmutableList.Builder<PictureFile> files = ImmutableList.builder();
    for (int i = 0; i < 12; i++) {
      files.add(OriginalPicturesTest.file("train/" + i + ".jpg", Samples.jpeg(10 + i, 30 - i, i)));
    }
    return LabeledImages.unlabeled(
        4, 4, 3, new OriginalPictures(Path.of("pets"), files.build(), 4));
  }

  @Test
  void cropsFollowFromSeedStepImageAndPlaceAlone() {
    BatchOrder order = new BatchOrder(new Batches(12, 4, 3));
    List<PictureCrop> two = List.of(CROP, CROP);
    ImmutableList<Array> sixth;
    try (ImageStream stream = ImageStream.ofCrops(originals(), order, two, true)) {
      for (int step = 0; step < 6; step++) {
        assertThat(stream.at(step)).hasSize(3);
      }
      sixth = stream.at(6);
    }
    try (ImageStream resumed = ImageStream.ofCrops(originals(), order, two, true)) {
      assertThat(resumed.at(6)).isEqualTo(sixth);
      assertThat(resumed.at(6 + 3).get(0)).isNotEqualTo(sixth.get(0));
    }
    BatchOrder otherSeed = new BatchOrder(new Batches(12, 4, 4));
    try (ImageStream other = ImageStream.ofCrops(originals(), otherSeed, two, false)) {
      assertThat(other.at(6)).hasSize(2).doesNotContainAnyElementsOf(sixth);
    }
    assertThat(sixth.get(0).shape()).isEqualTo(Shape.of(4, 5, 5, 3));
    assertThat(sixth.get(0)).isNotEqualTo(sixth.get(1));
    int first = order.at(6)[0];
    byte[] image = originals().samples(first);
    assertThat(sixth.get(2).samples().orElseThrow()[0]).isEqualTo(image);
  }

  @Test
  void equalPicturesOfOneStepHaveBoxesOfTheirOwn() {
    byte[] content = Samples.jpeg(30, 40, 1);
    ImmutableList<PictureFile> files =
        ImmutableList.copyOf(
            Collections.nCopies(12, OriginalPicturesTest.file("same.jpg", content)));
    LabeledImages images =
        LabeledImages.unlabeled(4, 4, 3, new OriginalPictures(Path.of("pets"), files, 4));
    BatchOrder order = new BatchOrder(new Batches(12, 12, 3));
    try (ImageStream stream = ImageStream.ofCrops(images, order, List.of(CROP), false)) {
      byte[][] crops = stream.at(0).get(0).samples().orElseThrow();
      assertThat(Stream.of(crops).map(Arrays::hashCode).distinct()).hasSize(12);
    }
  }

  @Test
  void cropsNeedOriginals() {
    assertThatThrownBy(() -> ImageStream.ofCrops(images(healthy()), order(), List.of(CROP), false))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void decodedImagesHaveOneSize() {
    ImmutableList<PictureFile> files =
        ImmutableList.of(
            OriginalPicturesTest.file("a.png", Samples.png(4, 6, 1)),
            OriginalPicturesTest.file("b.png", Samples.png(5, 6, 2)));
    DecodedImages decoded = new DecodedImages(Path.of("pets"), files, 4, 6);
    LabeledImages images = LabeledImages.unlabeled(4, 6, 3, decoded);
    assertThat(images.samples(0)[0] & 0xff).isEqualTo(Samples.firstSample(1));
    assertThat(images.resident()).isEmpty();
    assertThatThrownBy(() -> images.samples(1))
        .isInstanceOf(UsageError.class)
        .hasMessageContaining("file    b.png")
        .hasMessageContaining("it has height 5, width 6, others have height 4, width 6");
    assertThat(images.take(new int[] {0}).count()).isEqualTo(1);
  }
}
