package io.github.bilevel4j.examples.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErrorAndTimeTest {
  @TempDir Path folder;

  @Test
  void drawsEachMethodInItsColor() throws IOException {
    ErrorAndTime picture = new ErrorAndTime("methods");
    picture.add("iterative", 1e-3, 1);
    picture.add("iterative", 2e-3, 1e-3);
    picture.add("iterative", 4e-3, 0);
    picture.add("broken", 3e-3, Double.NaN);
    picture.add("direct", 8e-3, 1e-12);
    Path file = folder.resolve("picture.png");
    assertThat(picture.write(file)).isEmpty();
    BufferedImage drawn = ImageIO.read(file.toFile());
    assertThat(drawn.getWidth()).isEqualTo(840);
    // The two methods that have a point share the circle of hues: red and cyan.
    assertThat(pixels(drawn, 0xBF1313)).isGreaterThan(100);
    assertThat(pixels(drawn, 0x13BFBF)).isGreaterThan(20);
  }

  private static long pixels(BufferedImage picture, int color) {
    long count = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        count += (picture.getRGB(x, y) & 0xFFFFFF) == color ? 1 : 0;
      }
    }
    return count;
  }
}
