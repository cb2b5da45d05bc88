package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CenterCropTest {
  private static Picture picture(int height, int width) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < 3; c++) {
          image.getRaster().setSample(x, y, c, (y * 31 + x * 17 + c * 59 + y * x * 7) % 256);
        }
      }
    }
    return Picture.decoded(Samples.encoded(image, "png"));
  }

  /** Checksums of what Pillow 12.3 makes with resize and crop. */
  @ParameterizedTest
  @CsvSource({
    "5, 7, 4, 1124045",
    "40, 30, 16, 788057259",
    "9, 9, 16, 3547832402",
    "1, 50, 8, 4171915269",
    "300, 200, 32, 3948245076",
    "33, 70, 32, 2082782615",
    "7, 3, 5, 4195270028"
  })
  void isWhatPillowMakes(int height, int width, int side, long checksum) throws IOException {
    CRC32 sum = new CRC32();
    sum.update(new CenterCrop(side).of(picture(height, width)));
    assertThat(sum.getValue()).isEqualTo(checksum);
  }

  @Test
  void aSquareOfTheRightSizeStays() throws IOException {
    Picture picture = picture(6, 6);
    assertThat(new CenterCrop(6).of(picture)).isEqualTo(picture.rgb());
  }

  @Test
  void aVeryLongPictureTakesLittle() throws IOException {
    assertThat(new CenterCrop(32).of(picture(1, 20_000))).hasSize(3 * 32 * 32);
  }
}
