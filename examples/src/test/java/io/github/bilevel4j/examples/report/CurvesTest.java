package io.github.bilevel4j.examples.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.run.MetricsListener;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CurvesTest {
  @TempDir Path folder;

  private static Curves twoPhases(int steps) {
    Curves curves = new Curves();
    MetricsListener pretrain = curves.phase("pretrain");
    MetricsListener umm = curves.phase("umm");
    for (int step = 0; step < steps; step++) {
      double t = step / 10.0;
      pretrain.measured(step, ImmutableMap.of("alignment", Math.exp(-t), "uniformity", 5 - t));
      umm.measured(step, ImmutableMap.of("inner/near", step % 7 == 3 ? Double.NaN : t * t));
    }
    return curves;
  }

  @Test
  void drawsOnePanelForEachMetric() throws IOException {
    Path file = folder.resolve("curves.png");
    assertThat(twoPhases(2000).write(file)).isEmpty();
    BufferedImage sheet = ImageIO.read(file.toFile());
    // Three panels on two by two places.
    assertThat(sheet.getWidth()).isEqualTo(2 * 420);
    assertThat(sheet.getHeight()).isEqualTo(2 * 280);
    assertThat(inked(sheet, 0, 0)).isPositive();
    assertThat(inked(sheet, 420, 0)).isPositive();
    assertThat(inked(sheet, 0, 280)).isPositive();
    assertThat(inked(sheet, 420, 280)).isZero();
  }

  /** Number of pixels of the curves' color in a panel. */
  private static long inked(BufferedImage sheet, int left, int top) {
    long count = 0;
    for (int y = top; y < top + 280; y++) {
      for (int x = left; x < left + 420; x++) {
        count += (sheet.getRGB(x, y) & 0xFFFFFF) == 0x1F4E79 ? 1 : 0;
      }
    }
    return count;
  }

  @Test
  void aSingleMeasurementAndOneThatIsNeverFiniteAreDrawn() throws IOException {
    Curves curves = new Curves();
    curves.phase("run").measured(0, ImmutableMap.of("loss", 1.0, "lost", Double.NaN));
    Path file = folder.resolve("one.png");
    assertThat(curves.write(file)).isEmpty();
    assertThat(ImageIO.read(file.toFile()).getWidth()).isEqualTo(2 * 420);
  }

  @Test
  void writesNothingIfNothingWasMeasured() {
    Path file = folder.resolve("none.png");
    assertThat(new Curves().write(file)).isEmpty();
    assertThat(file).doesNotExist();
  }

  @Test
  void thisMachineCanDraw() {
    assertThat(Curves.prepare()).isEmpty();
  }

  @Test
  void saysInOneLineWhyThereIsNoPicture() {
    Path file = folder.resolve("missing").resolve("curves.png");
    assertThatExceptionOfType(WriteException.class)
        .isThrownBy(() -> twoPhases(3).write(file))
        .withMessageStartingWith(file + " cannot be written: its folder does not exist (");
  }
}
