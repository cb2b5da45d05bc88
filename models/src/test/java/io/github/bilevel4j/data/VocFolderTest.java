package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.check.UsageError;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocFolderTest {
  @TempDir Path folder;

  /** Two pictures, 20 wide and 10 high, with a white left half. */
  @BeforeEach
  void write() throws IOException {
    for (String name : new String[] {"a", "b"}) {
      BufferedImage picture = new BufferedImage(20, 10, BufferedImage.TYPE_INT_RGB);
      for (int i = 0; i < 100; i++) {
        picture.setRGB(i % 10, i / 10, 0xffffff);
      }
      Path path = folder.resolve("VOC/JPEGImages/" + name + ".png");
      Files.createDirectories(path.getParent());
      ImageIO.write(picture, "png", path.toFile());
      annotate(name, object("cell", 0, 1, 1, 10, 10) + object("dust", 1, 11, 1, 20, 5));
    }
    list("trainval", "a  1\n");
    list("test", "b -1\n\n");
  }

  private static String object(String name, int difficult, int xmin, int ymin, int xmax, int ymax) {
    return """
        <object><name>%s</name><difficult>%d</difficult><bndbox><xmin>%d</xmin><ymin>%d</ymin>\
        <xmax>%d</xmax><ymax>%d</ymax></bndbox></object>"""
        .formatted(name, difficult, xmin, ymin, xmax, ymax);
  }

  private void annotate(String name, String objects) throws IOException {
    write("Annotations/" + name + ".xml", "<annotation>" + objects + "</annotation>");
  }

  private void list(String name, String text) throws IOException {
    write("ImageSets/Main/" + name + ".txt", text);
  }

  private void write(String name, String text) throws IOException {
    Path path = folder.resolve("VOC").resolve(name);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(() -> VocFolder.read(folder, 8))
        .isInstanceOf(UsageError.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void boxesAreSharesOfThePicture() {
    DetectionDataset data = VocFolder.read(folder, 8);
    assertThat(data.classNames()).containsExactly("cell", "dust");
    assertThat(data.train().boxes().get(0))
        .containsExactly(
            new LabeledBox(new BoundingBox(0, 0, 0.5, 1), 0, false),
            new LabeledBox(new BoundingBox(0.5, 0, 1, 0.5), 1, true));
    assertThat(data.test().images()).hasToString("1 images [8, 8, 3] without classes");
    byte[] resized = data.test().images().samples(0);
    assertThat(resized[3]).isEqualTo((byte) 255);
    assertThat(resized[3 * 6]).isZero();
  }

  @Test
  void withoutTestListTrainAndValAreTaken() throws IOException {
    Files.delete(folder.resolve("VOC/ImageSets/Main/test.txt"));
    list("train", "a\n");
    list("val", "b\n");
    assertThat(VocFolder.read(folder, 8).train().count()).isEqualTo(2);
  }

  @Test
  void boxesOutsideThePictureAreRefused() throws IOException {
    annotate("b", object("cell", 0, 0, 1, 10, 10) + object("cell", 0, 15, 1, 21, 5));
    assertRefused("2 boxes of", "lie outside their pictures", "b cell x 0.0 to 10.0", "in 20 x 10");
    annotate("b", object("cell", 0, 9, 1, 8, 10));
    assertRefused("1 boxes of");
  }

  @Test
  void whatIsMissingIsNamed() throws IOException {
    list("test", "b\nc\n");
    assertRefused("1 of 2 pictures of a list", "first", "c");
    Files.delete(folder.resolve("VOC/ImageSets/Main/test.txt"));
    assertRefused("has no train.txt");
  }

  @Test
  void damagedAnnotationsAreNamed() throws IOException {
    annotate("b", "<object>");
    assertRefused("an annotation of", "VOC/Annotations/b.xml");
    annotate("b", "<object><name>cell</name></object>");
    assertRefused("an object has no <bndbox>");
    annotate("b", object("moon", 0, 1, 1, 2, 2));
    assertRefused("has no \"moon\"");
  }

  /** Neither files nor addresses outside are read, and entities are not expanded. */
  @Test
  void documentTypesAreRefused() throws IOException {
    write(
        "Annotations/b.xml",
        "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><annotation>&b;</annotation>");
    assertRefused("an annotation of", "DOCTYPE");
  }
}
