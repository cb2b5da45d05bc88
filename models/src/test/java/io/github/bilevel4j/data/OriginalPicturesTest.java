package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.PictureCrop.Box;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OriginalPicturesTest {
  private static final PictureCrop WHOLE = new PictureCrop(6, 1, 1, 1, 1, false);

  @TempDir private Path folder;

  /** A file in memory. */
  static PictureFile file(String name, byte[] content) {
    return new PictureFile(
        name,
        new FileNode() {
          @Override
          public String name() {
            return name;
          }

          @Override
          public boolean isFolder() {
            return false;
          }

          @Override
          public byte[] bytes() {
            return content;
          }
        });
  }

  /** Red grows by 1 with each row, green with each column, in every way. */
  private static byte[] ramp(int height, int width) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, y << 16 | x << 8 | 77);
      }
    }
    return Samples.encoded(image, "png");
  }

  private OriginalPictures pictures(int size, byte[]... files) {
    ImmutableList.Builder<PictureFile> all = ImmutableList.builder();
    for (int i = 0; i < files.length; i++) {
      all.add(file("train/" + i + ".png", files[i]));
    }
    return new OriginalPictures(folder, all.build(), size);
  }

  private byte[] crop(byte[] file, PictureCrop crop, long seed) {
    byte[] into = new byte[3 * crop.size() * crop.size()];
    pictures(8, file)
        .crop(0, List.of(crop), List.of(SplitMix.stream(seed, 0)), new byte[][] {into});
    return into;
  }

  @Test
  void theWholePictureInItsOwnSizeIsItself() {
    byte[] same = crop(ramp(6, 6), WHOLE, 1);
    for (int y = 0; y < 6; y++) {
      for (int x = 0; x < 6; x++) {
        assertThat(same[18 * y + 3 * x]).isEqualTo((byte) y);
        assertThat(same[18 * y + 3 * x + 1]).isEqualTo((byte) x);
        assertThat(same[18 * y + 3 * x + 2]).isEqualTo((byte) 77);
      }
    }
  }

  /**
   * A pixel of a ramp is the place of its center, up to rounding, the borders, and a tenth of the
   * distance between pixels, since a kernel's weights are taken at whole pixels.
   */
  @Property(seed = "63", tries = 200)
  void cropsShowTheirBoxes(
      @ForAll @IntRange(min = 30, max = 250) int height,
      @ForAll @IntRange(min = 30, max = 250) int width,
      @ForAll @IntRange(min = 1, max = 30) int size,
      @ForAll boolean bicubic,
      @ForAll long seed) {
    folder = Path.of("pets");
    PictureCrop crop = new PictureCrop(size, 0.1, 1, 3.0 / 4, 4.0 / 3, bicubic);
    Box box = crop.drawn(height, width, SplitMix.stream(seed, 0));
    byte[] rgb = crop(ramp(height, width), crop, seed);
    int border = bicubic ? 3 : 1;
    double down = 0.51 + 0.1 * box.height() / size;
    double across = 0.51 + 0.1 * box.width() / size;
    for (int y = border; y < size - border; y++) {
      for (int x = border; x < size - border; x++) {
        double row = box.top() + (y + 0.5) * box.height() / size - 0.5;
        double column = box.left() + (x + 0.5) * box.width() / size - 0.5;
        assertThat((rgb[3 * (y * size + x)] & 0xff) - row).isBetween(-down, down);
        assertThat((rgb[3 * (y * size + x) + 1] & 0xff) - column).isBetween(-across, across);
        assertThat(rgb[3 * (y * size + x) + 2]).isEqualTo((byte) 77);
      }
    }
  }

  @Test
  void pixelsOutsideTheBoxDoNotCount() {
    BufferedImage image = new BufferedImage(9, 9, BufferedImage.TYPE_INT_RGB);
    PictureCrop crop = new PictureCrop(4, 0.3, 0.3, 1, 1, true);
    Box box = crop.drawn(9, 9, SplitMix.stream(3, 0));
    for (int i = 0; i < 81; i++) {
      boolean inside =
          i / 9 >= box.top()
              && i / 9 < box.top() + box.height()
              && i % 9 >= box.left()
              && i % 9 < box.left() + box.width();
      image.setRGB(i % 9, i / 9, inside ? 0x646464 : 0xffffff);
    }
    assertThat(crop(Samples.encoded(image, "png"), crop, 3)).containsOnly((byte) 100);
  }

  @Test
  void severalCropsOfOnePictureAreAsEachAlone() {
    byte[] file = Samples.jpeg(97, 131, 5);
    PictureCrop small = new PictureCrop(40, 0.2, 0.9, 3.0 / 4, 4.0 / 3, true);
    PictureCrop other = new PictureCrop(50, 0.08, 1, 3.0 / 4, 4.0 / 3, false);
    byte[][] both = {new byte[4800], new byte[7500]};
    pictures(8, file)
        .crop(
            0, List.of(small, other), List.of(SplitMix.stream(1, 0), SplitMix.stream(2, 0)), both);
    assertThat(both[0]).isEqualTo(crop(file, small, 1));
    assertThat(both[1]).isEqualTo(crop(file, other, 2));
  }

  /** 512 x 384 for 14: of the shorter side's 16 the middle 14, of the longer one's 21. */
  @Test
  void anImageIsTheCenterOfThePictureMadeSmaller() {
    byte[] image = new byte[3 * 14 * 14];
    pictures(14, ramp(192, 256)).copy(0, image, 0);
    for (int y = 0; y < 14; y++) {
      for (int x = 0; x < 14; x++) {
        assertThat((image[3 * (14 * y + x)] & 0xff) - ((y + 1.5) * 12 - 0.5)).isBetween(-1.0, 1.0);
        assertThat((image[3 * (14 * y + x) + 1] & 0xff) - ((x + 4.5) * 256 / 21 - 0.5))
            .isBetween(-1.0, 1.0);
      }
    }
  }

  @Test
  void damagedPicturesAreNamed() throws IOException {
    OriginalPictures pictures = pictures(8, ramp(9, 9), new byte[] {1, 2, 3});
    assertThatThrownBy(() -> pictures.copy(1, new byte[192], 0))
        .isInstanceOf(UsageError.class)
        .hasMessageContaining("file    train/1.png")
        .hasMessageContaining("it is neither a JPEG nor a PNG file");
    assertThat(pictures.take(new int[] {1, 0}).count()).isEqualTo(2);
    pictures.take(new int[] {1, 0}).copy(1, new byte[192], 0);
  }
}
