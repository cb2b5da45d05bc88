package io.github.bilevel4j.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.check.UsageError;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tiny ImageNet, ImageNet and its subsets, and folders without classes. */
class PictureFormatsTest {
  private static final String CAT = "n02123045";
  private static final String FISH = "n01443537";

  @TempDir private Path temporary;
  private Path root;

  @BeforeEach
  void choose() {
    root = temporary.resolve("data");
  }

  private void picture(String name, long seed) throws IOException {
    Samples.write(root, name, Samples.png(4, 6, seed));
  }

  private void text(String name, String content) throws IOException {
    Samples.write(root, name, content.getBytes(UTF_8));
  }

  private static byte[] pixels(long seed) throws IOException {
    return Picture.decoded(Samples.png(4, 6, seed)).rgb();
  }

  private ImageDataset read() {
    return DataSource.read(root.toString());
  }

  private ImageDataset read(DataSettings settings) {
    return DataSource.read(root.toString(), settings);
  }

  private AbstractThrowableAssert<?, ?> assertRejected(DataSettings settings) {
    return assertThatThrownBy(() -> read(settings)).isInstanceOf(UsageError.class);
  }

  /** Class folders of the train part, the fish first in alphabetical order. */
  private void writeTrain() throws IOException {
    picture("train/" + CAT + "/cat_0.JPEG", 0);
    picture("train/" + CAT + "/cat_1.JPEG", 1);
    picture("train/" + FISH + "/fish_0.JPEG", 2);
  }

  private void assertTest(ImageDataset data) throws IOException {
    assertThat(data.test().classNames()).containsExactly(FISH, CAT);
    assertThat(data.test().labels()).containsExactly(1, 0, 1);
    for (int i = 0; i < 3; i++) {
      assertThat(data.test().samples(i)).isEqualTo(pixels(10 + i));
    }
  }

  private void writeFlatVal(String folder) throws IOException {
    for (int i = 0; i < 3; i++) {
      picture(folder + "/ILSVRC2012_val_0000000" + i + ".JPEG", 10 + i);
    }
  }

  @Test
  void tinyImageNetAsItIs() throws IOException {
    for (String name : List.of(CAT, FISH)) {
      text("train/" + name + "/" + name + "_boxes.txt", name + "_0.JPEG\t0\t0\t1\t1\n");
    }
    picture("train/" + CAT + "/images/" + CAT + "_0.JPEG", 0);
    picture("train/" + CAT + "/images/" + CAT + "_1.JPEG", 1);
    picture("train/" + FISH + "/images/" + FISH + "_0.JPEG", 2);
    for (int i = 0; i < 3; i++) {
      picture("val/images/val_" + i + ".JPEG", 10 + i);
    }
    text(
        "val/val_annotations.txt",
        "val_2.JPEG\t%s\t0\t0\t4\t4\nval_0.JPEG\t%s\t0\t0\t4\t4\nval_1.JPEG\t%s\t0\t0\t4\t4\n"
            .formatted(CAT, CAT, FISH));
    picture("test/images/test_0.JPEG", 20);
    text("wnids.txt", CAT + "\n" + FISH + "\n");
    text("words.txt", CAT + "\ttabby\n");
    ImageDataset data = read();
    assertTest(data);
    assertThat(data.train().labels()).containsExactly(0, 1, 1);
    assertThat(data.train().samples(0)).isEqualTo(pixels(2));
    assertThat(data.description())
        .isEqualTo("Tiny ImageNet of " + root + ", classes numbered alphabetically");
    Path zip = Samples.zipped(root, temporary.resolve("tiny.zip"), "tiny-imagenet-200");
    assertTest(DataSource.read(zip.toString()));
    // Rearranged by hand, as some programs want it.
    for (int i = 0; i < 3; i++) {
      String name = i == 1 ? FISH : CAT;
      Files.createDirectories(root.resolve("val/" + name));
      Files.move(
          root.resolve("val/images/val_" + i + ".JPEG"),
          root.resolve("val/" + name + "/val_" + i + ".JPEG"));
    }
    assertThat(read().test().labels()).containsExactly(0, 1, 1);
    assertThat(read().test().samples(0)).isEqualTo(pixels(11));
  }

  @Test
  void aTextThatDoesNotFitThePictures() throws IOException {
    writeTrain();
    picture("val/images/val_0.JPEG", 10);
    picture("val/images/val_1.JPEG", 11);
    text("val/val_annotations.txt", "val_0.JPEG\t%s\nval_7.JPEG\t%s\n".formatted(CAT, FISH));
    assertRejected(DataSettings.of())
        .hasMessage(
            """
            read images: val/val_annotations.txt of %s does not fit the pictures of val/.
              pictures without a line  1: val_1.JPEG
              lines without a picture  1: val_7.JPEG
            Maybe pictures are missing, or the text is of another folder.""",
            root);
  }

  @Test
  void flatValWithAClassOnEachLine() throws IOException {
    writeTrain();
    writeFlatVal("val");
    text("val.txt", "%s\n%s\n%s\n".formatted(CAT, FISH, CAT));
    assertTest(read());
    Files.delete(root.resolve("val.txt"));
    text(
        "val/labels.txt",
        "ILSVRC2012_val_00000001.JPEG %s\nILSVRC2012_val_00000000.JPEG %s\n".formatted(FISH, CAT)
            + "ILSVRC2012_val_00000002.JPEG "
            + CAT);
    assertTest(read());
    text("val/labels.txt", CAT + "\n" + FISH + "\n");
    assertRejected(DataSettings.of())
        .hasMessage(
            """
            read images: val/labels.txt of %s has not a line for every picture.
              lines     2
              pictures  3
            Maybe it was not copied to its end, or pictures are missing.""",
            root);
  }

  @Test
  void flatValWithoutATextOrWithNumbers() throws IOException {
    writeTrain();
    writeFlatVal("val");
    assertRejected(DataSettings.of())
        .hasMessageStartingWith(
            "read images: val/ of %s has neither class folders nor a text that tells the classes.",
            root)
        .hasMessageContaining("val/val.txt should have a wnid a line");
    text("val/ILSVRC2012_validation_ground_truth.txt", "490\n361\n490\n");
    assertRejected(DataSettings.of())
        .hasMessage(
            """
            read images: val/ILSVRC2012_validation_ground_truth.txt of %s names classes that train/ has not.
              unknown  2: 361, 490
            Maybe these numbers are ILSVRC's, whose order only meta.mat tells: the README has the command that makes wnids of them.""",
            root);
  }

  @Test
  void aClassThatTheTestPartLacks() throws IOException {
    writeTrain();
    writeFlatVal("val");
    text("val.txt", "%s\n%s\n%s\n".formatted(CAT, CAT, CAT));
    assertRejected(DataSettings.of())
        .hasMessageContaining("the class folders in train/ and val/ of " + root + " differ")
        .hasMessageContaining("only in train  " + FISH);
  }

  @Test
  void classesByAList() throws IOException {
    writeTrain();
    writeFlatVal("val");
    text("val.txt", "%s\n%s\n%s\n".formatted(CAT, FISH, CAT));
    text("classes", CAT + "\n" + FISH + "\n");
    String list = root.resolve("classes").toString();
    ImageDataset both = read(DataSettings.of().classes(list));
    assertThat(both.train().classNames()).containsExactly(CAT, FISH);
    assertThat(both.train().labels()).containsExactly(1, 0, 0);
    assertThat(both.test().labels()).containsExactly(0, 1, 0);
    assertThat(both.description()).isEqualTo("images of " + root + ", classes numbered by " + list);
    text("classes", CAT + "\n");
    ImageDataset one = read(DataSettings.of().classes(list));
    assertThat(one.train().count()).isEqualTo(2);
    assertThat(one.test().count()).isEqualTo(2);
    assertRejected(DataSettings.of().classes("imagenet-100"))
        .hasMessageStartingWith("--classes: 99 of 100 classes have no folder in train/ of " + root);
  }

  @Test
  void imageNet100SaysWhichNumbering() throws IOException {
    assertThat(ClassList.imageNet100()).hasSize(100).startsWith("n02869837", "n01749939");
    for (String name : ClassList.imageNet100()) {
      picture("train/" + name + "/1.JPEG", 1);
      picture("val/" + name + "/1.JPEG", 1);
    }
    assertThat(read().description())
        .isEqualTo("ImageNet-100 of " + root + ", classes numbered alphabetically");
    ImageDataset listed = read(DataSettings.of().classes("imagenet-100"));
    assertThat(listed.description())
        .isEqualTo("ImageNet-100 of " + root + ", classes numbered by its list");
    assertThat(listed.train().classNames()).startsWith("n02869837", "n01749939");
    assertThat(listed.train().labels())
        .containsExactlyInAnyOrder(IntStream.range(0, 100).toArray());
  }

  @Test
  void aFolderWithoutClasses() throws IOException {
    picture("holiday/1.png", 1);
    picture("holiday/deeper/2.png", 2);
    picture("0.png", 0);
    ImageDataset data = read();
    assertThat(data.hasClasses()).isFalse();
    assertThat(data.pretraining()).hasToString("3 images [4, 6, 3] without classes");
    assertThat(data.pretraining().samples(2)).isEqualTo(pixels(2));
    assertThat(data.description()).isEqualTo("images of " + root + ", without classes");
    assertThatThrownBy(() -> data.requireClasses("probe"))
        .hasMessage(
            """
            probe: the images have no classes, which evaluation needs.
              data  images of %s, without classes
            Maybe they serve pretrain; sort them into train/CLASS/ and test/CLASS/ for the rest.""",
            root);
    Path zip = Samples.zipped(root, temporary.resolve("a.zip"), "");
    assertThat(DataSource.read(zip.toString()).pretraining().count()).isEqualTo(3);
  }

  @Test
  void aFolderOfPicturesAloneIsNoPart() throws IOException {
    picture("unlabeled/train/1.png", 1);
    picture("unlabeled/ship/2.png", 2);
    assertThat(read().pretraining()).hasToString("2 images [4, 6, 3] without classes");
    Files.delete(root.resolve("unlabeled/ship/2.png"));
    assertThat(DataSource.read(root.resolve("unlabeled").toString()).hasClasses()).isFalse();
  }

  @Test
  void picturesThatAreNotWhatTheySeem() throws IOException {
    writeTrain();
    Samples.write(
        root,
        "train/" + CAT + "/grey.JPEG",
        Samples.encoded(Samples.noise(4, 6, BufferedImage.TYPE_BYTE_GRAY, 5), "png"));
    picture("val/" + CAT + "/1.JPEG", 1);
    picture("val/" + FISH + "/1.JPEG", 1);
    byte[] grey = read().train().samples(3);
    assertThat(grey[0]).isEqualTo(grey[1]).isEqualTo(grey[2]);
  }

  private DataSettings subset(String content) throws IOException {
    text("list.txt", content);
    return DataSettings.of().subset(root.resolve("list.txt").toString());
  }

  private void writeBoth() throws IOException {
    writeTrain();
    picture("val/" + CAT + "/1.JPEG", 11);
    picture("val/" + FISH + "/1.JPEG", 10);
  }

  @Test
  void listsOfPositions() throws IOException {
    writeBoth();
    ImageDataset data = read(subset("2\n0\n"));
    assertThat(data.train().labels()).containsExactly(1, 0);
    assertThat(data.train().samples(0)).isEqualTo(pixels(1));
    assertThat(data.pretraining().count()).isEqualTo(2);
    assertThat(data.test().count()).isEqualTo(2);
    assertThat(data.description())
        .isEqualTo("images of " + root + ", 2 of the train part by " + root.resolve("list.txt"));
    Files.write(root.resolve("list.txt.gz"), Tar.gzip("1\n".getBytes(UTF_8)));
    String packed = root.resolve("list.txt.gz").toString();
    assertThat(read(DataSettings.of().subset(packed)).train().samples(0)).isEqualTo(pixels(0));
    String fold = root.resolve("folds.txt#1").toString();
    text("folds.txt", "0 1 2\n2 1\n");
    assertThat(read(DataSettings.of().subset(fold)).train().labels()).containsExactly(1, 1);
    assertRejected(subset("0\n7\n-1\n")).hasMessageContaining("no whole number: -1");
    assertRejected(subset("0\n7\n9\n"))
        .hasMessage(
            """
            --subset: 2 of 3 positions in %s are none of the train part of %s.
              positions  7, 9
              images     3
            Maybe positions should count from 0, or the list is of another data set.""",
            root.resolve("list.txt"), root);
    assertRejected(subset("0 1\n")).hasMessageContaining("list.txt#0 chooses the first line");
  }

  private static byte[] npy(String type, String shape, long... elements) {
    String text = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }".formatted(type, shape);
    byte[] header = (text + " ".repeat(118 - text.length() - 1) + "\n").getBytes(UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(10 + header.length + 8 * elements.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 0x93).put("NUMPY\1\0".getBytes(UTF_8));
    file.putShort((short) header.length).put(header);
    for (long each : elements) {
      file.putLong(each);
    }
    return file.array();
  }

  @Test
  void listsOfNumPy() throws IOException {
    writeBoth();
    DataSettings settings = subset("");
    Path list = root.resolve("list.txt");
    Files.write(list, npy("<i8", "(2,)", 1, 0));
    assertThat(read(settings).train().labels()).containsExactly(1, 0);
    assertThat(read(settings).train().samples(0)).isEqualTo(pixels(0));
    Files.write(list, npy("<i8", "(3,)", 1, 0));
    assertRejected(settings).hasMessageContaining("its length does not fit its shape");
    Files.write(list, npy("<f8", "(2,)", 1, 0));
    assertRejected(settings).hasMessageContaining("elements <f8 of shape [2]");
    Files.write(list, npy("<i8", "(2", 1, 0));
    assertRejected(settings).hasMessageContaining("its header is malformed");
  }

  @Test
  void listsOfFiles() throws IOException {
    writeBoth();
    ImageDataset data =
        read(
            subset(
                "train/%s/fish_0.JPEG\n%s/cat_1.JPEG\ntrain/%s/cat_0\n".formatted(FISH, CAT, CAT)));
    assertThat(data.train().labels()).containsExactly(0, 1, 1);
    assertThat(data.train().samples(1)).isEqualTo(pixels(1));
    assertThat(data.train().samples(2)).isEqualTo(pixels(0));
    assertRejected(subset("train/a/1.JPEG\ntrain/%s/cat_0\ntrain/b/2.JPEG".formatted(CAT)))
        .hasMessage(
            """
            --subset: 2 of 3 files that %s names are missing in %s.
              train/a/1.JPEG
              train/b/2.JPEG
            Maybe the data were not copied to their end, or the list is of others.""",
            root.resolve("list.txt"), root);
  }

  @Test
  void listsWithNumbersOfClasses() throws IOException {
    writeBoth();
    picture("train/other/1.JPEG", 4);
    picture("val/other/1.JPEG", 14);
    String both = "train/%s/fish_0.JPEG %d\ntrain/%s/cat_1.JPEG %d\n";
    ImageDataset same = read(subset(both.formatted(FISH, 0, CAT, 1)));
    assertThat(same.train().classNames()).containsExactly(FISH, CAT, "other");
    assertThat(same.test().count()).isEqualTo(3);
    ImageDataset own = read(subset(both.formatted(FISH, 1, CAT, 0)));
    assertThat(own.train().classNames()).containsExactly(CAT, FISH);
    assertThat(own.train().labels()).containsExactly(1, 0);
    assertThat(own.test().labels()).containsExactlyInAnyOrder(0, 1);
    assertThat(own.description()).endsWith(", classes numbered by that list");
    assertRejected(subset(both.formatted(FISH, 5, CAT, 0)))
        .hasMessageContaining("numbers of classes go to 5, but there are 2");
    assertRejected(subset(both.formatted(FISH, 0, CAT, 0)))
        .hasMessageContaining("class 0 is both " + FISH + " and " + CAT);
  }
}
