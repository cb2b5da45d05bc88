package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.primitives.Bytes;
import io.github.bilevel4j.check.UsageError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarBinaryTest {
  private static final int PLANE = 32 * 32;

  @TempDir private Path folder;

  /** Sample {@code i} of the red, green and blue plane is i, i + 1 and i + 2 modulo 256. */
  private static byte[] record(int... labels) {
    ByteArrayOutputStream record = new ByteArrayOutputStream();
    for (int label : labels) {
      record.write(label);
    }
    for (int i = 0; i < 3 * PLANE; i++) {
      record.write(i % PLANE + i / PLANE);
    }
    return record.toByteArray();
  }

  private void text(String name, String content) throws IOException {
    Samples.write(folder, name, content.getBytes(StandardCharsets.UTF_8));
  }

  @BeforeEach
  void writeBoth() throws IOException {
    text("batches.meta.txt", "airplane\nautomobile\nbird\n\n");
    for (int batch = 1; batch <= 5; batch++) {
      Samples.write(folder, "data_batch_" + batch + ".bin", record(batch % 3));
    }
    Samples.write(folder, "test_batch.bin", Bytes.concat(record(2), record(0), record(1)));
    text("fine_label_names.txt", "apple\nbaby\nbear\n");
    text("coarse_label_names.txt", "fruit\n");
    Samples.write(folder, "train.bin", record(0, 1));
    Samples.write(folder, "test.bin", Bytes.concat(record(0, 2), record(0, 1), record(0, 0)));
  }

  @Test
  void readsAllBatchesOfCifar10InOrder() {
    ImageDataset cifar = CifarBinary.cifar10(folder);
    assertThat(cifar.train().labels()).containsExactly(1, 2, 0, 1, 2);
    assertThat(cifar.test().labels()).containsExactly(2, 0, 1);
    assertThat(cifar.train().classNames()).containsExactly("airplane", "automobile", "bird");
    assertThat(cifar.description()).isEqualTo("CIFAR-10 from " + folder);
  }

  @Test
  void putsThePlanesIntoTheLastAxis() {
    byte[] samples = CifarBinary.cifar10(folder).train().samples(0);
    assertThat(samples).hasSize(3 * PLANE);
    for (int i = 0; i < samples.length; i++) {
      assertThat(samples[i]).isEqualTo((byte) (i / 3 + i % 3));
    }
  }

  @Test
  void readsTheFineLabelsOfCifar100() {
    ImageDataset cifar = CifarBinary.cifar100(folder);
    assertThat(cifar.train().labels()).containsExactly(1);
    assertThat(cifar.test().labels()).containsExactly(2, 1, 0);
    assertThat(cifar.train().samples(0)).startsWith(0, 1, 2, 1, 2, 3);
    assertThat(cifar.description()).isEqualTo("CIFAR-100 from " + folder);
  }

  private static void assertSame(LabeledImages left, LabeledImages right) {
    assertThat(left.labels()).isEqualTo(right.labels());
    assertThat(left.classNames()).isEqualTo(right.classNames());
    for (int i = 0; i < Math.max(left.count(), right.count()); i++) {
      assertThat(left.samples(i)).isEqualTo(right.samples(i));
    }
  }

  private Path only(String... names) throws IOException {
    Path some = folder.resolve("in/" + names[0]);
    for (String name : names) {
      Samples.write(some, name, Files.readAllBytes(folder.resolve(name)));
    }
    return some;
  }

  @Test
  void readsTheSameFromArchives() throws IOException {
    Path ten =
        only(
            "batches.meta.txt",
            "data_batch_1.bin",
            "data_batch_2.bin",
            "data_batch_3.bin",
            "data_batch_4.bin",
            "data_batch_5.bin",
            "test_batch.bin");
    Path hundred = only("fine_label_names.txt", "train.bin", "test.bin");
    for (Path some : new Path[] {ten, hundred}) {
      Path archive = Tar.packed(some, "cifar", folder.resolve("cifar.tar.gz"));
      ImageDataset fromFolder = DataSource.read(some.toString());
      ImageDataset fromArchive = DataSource.read(archive.toString());
      assertSame(fromArchive.train(), fromFolder.train());
      assertSame(fromArchive.test(), fromFolder.test());
      assertThat(fromArchive.description())
          .isEqualTo((some.equals(ten) ? "CIFAR-10" : "CIFAR-100") + " from " + archive);
    }
  }

  @Test
  void rejectsDamagedArchives() throws IOException {
    Path some = only("fine_label_names.txt", "train.bin", "test.bin");
    Path archive = Tar.packed(some, "cifar", folder.resolve("cifar.tar.gz"));
    byte[] bytes = Files.readAllBytes(archive);
    Files.write(archive, Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> DataSource.read(archive.toString()))
        .isInstanceOf(UsageError.class)
        .hasMessageContaining("the tar archive " + archive + " cannot be read")
        .hasMessageContaining("reason  ");
    Files.delete(some.resolve("test.bin"));
    Tar.packed(some, "cifar", archive);
    assertThatThrownBy(() -> DataSource.read(archive.toString()))
        .hasMessage(
            """
            read images: the CIFAR file test.bin in %s cannot be read.
              reason  there is no such file
            Maybe the folder should be that unpacked from the archive of the binary version.""",
            archive);
    Files.write(archive, new Tar().add("letters/a.txt", new byte[3]).gzip());
    assertThatThrownBy(() -> DataSource.read(archive.toString()))
        .hasMessage(
            """
            read images: %s is a tar archive of no known data set.
              found  letters/a.txt
              known  CIFAR-10, CIFAR-100, STL-10 as they are offered for download
            Maybe unpack it (tar -xf) and give the folder.""",
            archive);
  }

  @Test
  void rejectsAMissingFile() throws IOException {
    Files.delete(folder.resolve("data_batch_4.bin"));
    assertThatThrownBy(() -> CifarBinary.cifar10(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read images: the CIFAR file %s cannot be read.
              reason  there is no such file
            Maybe the folder should be that unpacked from the archive of the binary version.""",
            folder.resolve("data_batch_4.bin"));
  }

  @Test
  void rejectsAMissingFolder() {
    Path nowhere = folder.resolve("nowhere");
    assertThatThrownBy(() -> CifarBinary.cifar100(nowhere))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read images: the CIFAR file %s cannot be read.
              reason  there is no such file
            Maybe the folder should be that unpacked from the archive of the binary version.""",
            nowhere.resolve("fine_label_names.txt"));
  }

  @Test
  void rejectsAFileOfWrongLength() throws IOException {
    Samples.write(folder, "test_batch.bin", new byte[6_000]);
    assertThatThrownBy(() -> CifarBinary.cifar10(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read images: %s has a wrong length.
              has    6,000 bytes
              needs  a multiple of 3,073 bytes
            Maybe the file was not copied to its end, or is of the other CIFAR.""",
            folder.resolve("test_batch.bin"));
  }

  @Test
  void rejectsAnEmptyFile() throws IOException {
    Samples.write(folder, "train.bin", new byte[0]);
    assertThatThrownBy(() -> CifarBinary.cifar100(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read images: %s has a wrong length.
              has    0 bytes
              needs  a multiple of 3,074 bytes
            Maybe the file was not copied to its end, or is of the other CIFAR.""",
            folder.resolve("train.bin"));
  }

  @Test
  void rejectsALabelWithoutAClass() throws IOException {
    Samples.write(folder, "data_batch_2.bin", record(200));
    assertThatThrownBy(() -> CifarBinary.cifar10(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read images: %s has a label that names no class.
              image    0
              label    200
              classes  3
            Maybe the file is damaged, or the list of class names is incomplete.""",
            folder.resolve("data_batch_2.bin"));
  }

  @Test
  void aByteOrderMarkIsNoPartOfAName() throws IOException {
    text("batches.meta.txt", "\uFEFFairplane\r\nautomobile\r\nbird\r\n");
    assertThat(CifarBinary.cifar10(folder).train().classNames())
        .containsExactly("airplane", "automobile", "bird");
  }

  @Test
  void rejectsNamesThatAreNotUtf8() throws IOException {
    Samples.write(folder, "batches.meta.txt", new byte[] {'c', 'a', 'f', (byte) 0xe9});
    assertThatThrownBy(() -> CifarBinary.cifar10(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read images: the class names in %s are not UTF-8.
            Maybe save the list anew in UTF-8.""",
            folder.resolve("batches.meta.txt"));
  }

  @Test
  void rejectsAListThatIsTooLong() throws IOException {
    Samples.write(folder, "batches.meta.txt", new byte[(1 << 20) + 1]);
    assertThatThrownBy(() -> CifarBinary.cifar10(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read images: %s is too long for a list of class names.
              has    1,048,577 bytes
              limit  1,048,576 bytes""",
            folder.resolve("batches.meta.txt"));
  }

  @Test
  void rejectsAFolderInTheFilesPlace() throws IOException {
    Files.delete(folder.resolve("train.bin"));
    Files.createDirectory(folder.resolve("train.bin"));
    assertThatThrownBy(() -> CifarBinary.cifar100(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("train.bin cannot be read")
        .hasMessageContaining("reason  it is not a regular file");
  }

  @Test
  void takesAListOfPositions() throws IOException {
    text("list", "4\n0\n");
    DataSettings settings = DataSettings.of().subset(folder.resolve("list").toString());
    ImageDataset some = DataSource.read("cifar10:" + folder, settings);
    assertThat(some.train().labels()).containsExactly(2, 1);
    assertThat(some.pretraining().count()).isEqualTo(2);
    assertThat(some.test().count()).isEqualTo(3);
    assertThatThrownBy(() -> DataSource.read("cifar10:" + folder, settings.imageSize(8)))
        .hasMessageStartingWith("--image-size: " + folder + " has no folders of pictures");
  }

  @Test
  void rejectsATestPartThatLacksAClass() throws IOException {
    Samples.write(folder, "test_batch.bin", Bytes.concat(record(2), record(0)));
    assertThatThrownBy(() -> CifarBinary.cifar10(folder))
        .isInstanceOf(UsageError.class)
        .hasMessage(
            """
            read images: 1 of 3 classes have no test image in %s.
              classes  automobile
            Maybe the test part was cut short, or the names of classes are of other data.""",
            folder);
  }
}
