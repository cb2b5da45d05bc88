package io.github.bilevel4j.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Stl10Test {
  private static final int SIDE = 96;

  @TempDir private Path folder;
  private Path stl;

  /** Of pixel (y, x) of channel c of an image. */
  private static byte sample(int image, int c, int y, int x) {
    return (byte) (image * 50 + c * 7 + y * 3 + x * 11 + y * x);
  }

  /** As the files have them: plane by plane, column by column. */
  private static byte[] columns(int first, int count) {
    byte[] file = new byte[count * 3 * SIDE * SIDE];
    for (int i = 0; i < count; i++) {
      for (int c = 0; c < 3; c++) {
        for (int y = 0; y < SIDE; y++) {
          for (int x = 0; x < SIDE; x++) {
            file[i * 27648 + c * 9216 + x * 96 + y] = sample(first + i, c, y, x);
          }
        }
      }
    }
    return file;
  }

  private static byte[] image(int number) {
    byte[] rows = new byte[3 * SIDE * SIDE];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = sample(number, i % 3, i / 3 / SIDE, i / 3 % SIDE);
    }
    return rows;
  }

  @BeforeEach
  void writeFiles() throws IOException {
    stl = folder.resolve("stl10_binary");
    Samples.write(stl, "class_names.txt", "airplane\nbird\ncar\n".getBytes(UTF_8));
    Samples.write(stl, "train_X.bin", columns(0, 3));
    Samples.write(stl, "train_y.bin", new byte[] {3, 1, 2});
    Samples.write(stl, "test_X.bin", columns(10, 3));
    Samples.write(stl, "test_y.bin", new byte[] {1, 2, 3});
    Samples.write(stl, "unlabeled_X.bin", columns(20, 2));
    Samples.write(stl, "fold_indices.txt", "0 2 \n1 0 \n".getBytes(UTF_8));
  }

  private void assertRead(Path source) {
    ImageDataset data = DataSource.read(source.toString());
    assertThat(data.train()).hasToString("3 images [96, 96, 3] in 3 classes");
    assertThat(data.train().labels()).containsExactly(2, 0, 1);
    assertThat(data.test().labels()).containsExactly(0, 1, 2);
    assertThat(data.train().classNames()).containsExactly("airplane", "bird", "car");
    assertThat(data.train().samples(1)).isEqualTo(image(1));
    assertThat(data.test().samples(2)).isEqualTo(image(12));
    assertThat(data.pretraining().count()).isEqualTo(5);
    assertThat(data.pretraining().samples(0)).isEqualTo(image(20));
    assertThat(data.pretraining().samples(1)).isEqualTo(image(21));
    assertThat(data.pretraining().samples(4)).isEqualTo(image(2));
    assertThat(data.description())
        .startsWith("STL-10 from ")
        .endsWith(", pre-training on unlabeled+train");
  }

  @Test
  void readsTheFolderAndTheOneAboveAndArchives() throws IOException {
    assertRead(stl);
    assertRead(folder);
    assertRead(Tar.packed(stl, "stl10_binary", folder.resolve("stl10_binary.tar.gz")));
    assertRead(Tar.packed(stl, "stl10_binary", folder.resolve("stl10_binary.tar")));
  }

  @Test
  void pretrainsOnTheChosenParts() throws IOException {
    DataSettings settings = DataSettings.of();
    Path archive = Tar.packed(stl, "stl10_binary", folder.resolve("stl.tgz"));
    for (Path source : new Path[] {stl, archive}) {
      ImageDataset unlabeled =
          DataSource.read(source.toString(), settings.pretrainOn(PretrainingPart.UNLABELED));
      assertThat(unlabeled.pretraining().count()).isEqualTo(2);
      assertThat(unlabeled.pretraining().samples(1)).isEqualTo(image(21));
    }
    Files.delete(stl.resolve("unlabeled_X.bin"));
    ImageDataset train =
        DataSource.read(stl.toString(), settings.pretrainOn(PretrainingPart.TRAIN));
    assertThat(train.pretraining()).isSameAs(train.train());
    assertThatThrownBy(() -> DataSource.read(stl.toString()))
        .hasMessage(
            """
            read images: the STL-10 file %s cannot be read.
              reason  there is no such file
            Maybe the folder should be stl10_binary; --pretrain-on train needs no unlabeled_X.bin.""",
            stl.resolve("unlabeled_X.bin"));
  }

  @Test
  void rejectsLabelsThatCountFromZero() throws IOException {
    Samples.write(stl, "test_y.bin", new byte[] {1, 0, 3});
    assertThatThrownBy(() -> DataSource.read(stl.toString()))
        .hasMessage(
            """
            read images: %s has a label that names no class.
              image    1
              label    0
              classes  3
            Maybe the file is damaged, or the list of class names is incomplete.""",
            stl.resolve("test_y.bin"));
  }

  @Test
  void rejectsFilesOfWrongLength() throws IOException {
    Samples.write(stl, "test_y.bin", new byte[] {1, 2});
    assertThatThrownBy(() -> DataSource.read(stl.toString()))
        .hasMessage(
            """
            read images: %s has not a label for every image.
              labels  2
              images  3
            Maybe the file was not copied to its end.""",
            stl.resolve("test_y.bin"));
    Samples.write(stl, "test_X.bin", new byte[27_647]);
    assertThatThrownBy(() -> DataSource.read(stl.toString()))
        .hasMessageContaining("a multiple of 27,648 bytes");
  }

  @Test
  void aFoldIsALineOfPositions() throws IOException {
    DataSettings settings =
        DataSettings.of().subset(stl.resolve("fold_indices.txt").toString() + "#0");
    ImageDataset fold = DataSource.read(stl.toString(), settings);
    assertThat(fold.train().labels()).containsExactly(2, 1);
    assertThat(fold.train().samples(1)).isEqualTo(image(2));
    assertThat(fold.pretraining().count()).isEqualTo(5);
    assertThat(fold.description())
        .endsWith(", train part by " + stl.resolve("fold_indices.txt") + "#0");
    text("files.txt", "train/airplane/1.png\n");
    DataSettings files = DataSettings.of().subset(stl.resolve("files.txt").toString());
    assertThatThrownBy(() -> DataSource.read(stl.toString(), files))
        .hasMessage(
            """
            --subset: %s names files, but images of %s have none.
              first  train/airplane/1.png
            Maybe a list of positions was meant, or the data as a folder of pictures.""",
            stl.resolve("files.txt"), stl);
  }

  private void text(String name, String content) throws IOException {
    Samples.write(stl, name, content.getBytes(UTF_8));
  }

  @Test
  void verifiesAgainstWhatIsPublished() throws IOException {
    DataSettings settings = DataSettings.of().verify(true);
    assertThatThrownBy(() -> DataSource.read(stl.toString(), settings))
        .hasMessageStartingWith("--verify: 5 of 5 files are not those that are published.")
        .hasMessageContaining(stl.resolve("test_y.bin") + "       3 bytes instead of 8,000")
        .hasMessageContaining("82,944 bytes instead of 138,240,000");
    Path archive = Tar.packed(stl, "stl10_binary", folder.resolve("stl.tar.gz"));
    assertThatThrownBy(() -> DataSource.read(archive.toString(), settings))
        .hasMessageContaining("instead of 91f7769df0f17e558f3565bffb0c7dfb");
    Path pets = Samples.petsIn(folder.resolve("pets"));
    assertThatThrownBy(() -> DataSource.read(pets.toString(), settings))
        .hasMessageStartingWith("--verify: no checksum of " + pets + " is published.");
    Path known = folder.resolve("known");
    Files.write(known, "abc".getBytes(UTF_8));
    assertThat(new Published(3, "900150983cd24fb0d6963f7d28e17f72").verified(known))
        .isEqualTo("checksums as published");
  }

  @Test
  void mapsInPieces() throws IOException {
    Path file =
        Files.write(folder.resolve("records"), new byte[] {9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    MappedRecords mapped = MappedRecords.of(file, 1, 2, 2);
    assertThat(mapped.count()).isEqualTo(5);
    byte[] record = new byte[2];
    for (int i = 0; i < 5; i++) {
      mapped.copy(i, record);
      assertThat(record).containsExactly(2 * i + 1, 2 * i + 2);
    }
  }
}
