package io.github.bilevel4j.data;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.primitives.Bytes;
import io.github.bilevel4j.check.UsageError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarPythonTest {
  private static final int PIXELS = 3 * 32 * 32;

  @TempDir private Path temporary;
  private Path binary;
  private Path python;

  /** A pickle as Python 2 writes it with protocol 2, byte by byte. */
  private static final class Writer {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int memo;

    Writer raw(String text) {
      out.writeBytes(text.getBytes(ISO_8859_1));
      return this;
    }

    Writer put() {
      out.write('q');
      out.write(memo++);
      return this;
    }

    Writer text(String text) {
      out.write('U');
      out.write(text.length());
      return raw(text).put();
    }

    Writer number(int number) {
      out.write('K');
      out.write(number);
      return this;
    }

    private Writer wide(int number) {
      out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(number).array());
      return this;
    }

    /** What NumPy tells of an array {@code [n, 3072]} of a type. */
    Writer array(byte[] rows, String type, String fortran) {
      raw("cnumpy.core.multiarray\n_reconstruct\n").put().raw("cnumpy\nndarray\n").put();
      number(0).raw("\u0085").put().text("b").raw("\u0087").put().raw("R").put();
      raw("(").number(1).number(rows.length / PIXELS).raw("M\0\u000c\u0086").put();
      raw("cnumpy\ndtype\n").put().text(type).number(0).number(1).raw("\u0087").put().raw("R");
      put().raw("(").number(3).text("|").raw("NNNJ\u00ff\u00ff\u00ff\u00ff");
      raw("J\u00ff\u00ff\u00ff\u00ff").number(0).raw("t").put().raw("b").raw(fortran);
      raw("T").wide(rows.length);
      out.writeBytes(rows);
      return put().raw("t").put().raw("b");
    }

    byte[] done() {
      out.write('.');
      return out.toByteArray();
    }
  }

  private static Writer dictionary() {
    return new Writer().raw("\u0080\2}").put().raw("(");
  }

  private static byte[] batch(String labelsKey, byte[] rows, int... labels) {
    Writer batch = dictionary().text("data").array(rows, "u1", "\u0089");
    batch.text(labelsKey).raw("]").put().raw("(");
    for (int label : labels) {
      batch.number(label);
    }
    batch.raw("e").text("batch_label").text("training batch 1 of 5");
    return batch.text("filenames").raw("]").put().text("a.png").raw("a").raw("u").done();
  }

  private static byte[] meta(String key, String... names) {
    Writer meta = dictionary().text(key).raw("]").put().raw("(");
    for (String name : names) {
      meta.text(name);
    }
    return meta.raw("eu").done();
  }

  private static byte[] rows(int first, int count) {
    byte[] rows = new byte[count * PIXELS];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (byte) ((first + i / PIXELS) * 41 + i % PIXELS * 7 + i % PIXELS / 32);
    }
    return rows;
  }

  private static byte[] record(byte[] rows, int image, int... labels) {
    ByteBuffer record = ByteBuffer.allocate(labels.length + PIXELS);
    for (int label : labels) {
      record.put((byte) label);
    }
    return record.put(rows, image * PIXELS, PIXELS).array();
  }

  @BeforeEach
  void writeBoth() throws IOException {
    binary = temporary.resolve("binary");
    python = temporary.resolve("cifar-10-batches-py");
    Samples.write(binary, "batches.meta.txt", "airplane\nautomobile\nbird\n".getBytes(UTF_8));
    Samples.write(python, "batches.meta", meta("label_names", "airplane", "automobile", "bird"));
    for (int i = 1; i <= 5; i++) {
      byte[] rows = rows(i, 2);
      ByteArrayOutputStream records = new ByteArrayOutputStream();
      records.writeBytes(record(rows, 0, i % 3));
      records.writeBytes(record(rows, 1, (i + 1) % 3));
      Samples.write(binary, "data_batch_" + i + ".bin", records.toByteArray());
      Samples.write(python, "data_batch_" + i, batch("labels", rows, i % 3, (i + 1) % 3));
    }
    byte[] rows = rows(9, 3);
    Samples.write(
        binary,
        "test_batch.bin",
        Bytes.concat(record(rows, 0, 2), record(rows, 1, 0), record(rows, 2, 1)));
    Samples.write(python, "test_batch", batch("labels", rows, 2, 0, 1));
  }

  private static void assertSame(ImageDataset one, ImageDataset other) {
    for (List<LabeledImages> parts :
        List.of(List.of(one.train(), other.train()), List.of(one.test(), other.test()))) {
      assertThat(parts.get(0).labels()).isEqualTo(parts.get(1).labels());
      assertThat(parts.get(0).classNames()).isEqualTo(parts.get(1).classNames());
      for (int i = 0; i < parts.get(0).count(); i++) {
        assertThat(parts.get(0).samples(i)).isEqualTo(parts.get(1).samples(i));
      }
    }
  }

  @Test
  void bothVersionsOfCifar10AreTheSame() throws IOException {
    ImageDataset read = DataSource.read(python.toString());
    assertSame(read, DataSource.read(binary.toString()));
    assertThat(read.train().count()).isEqualTo(10);
    assertThat(read.description()).isEqualTo("CIFAR-10 (Python version) from " + python);
    Path archive = Tar.packed(python, "cifar-10-batches-py", temporary.resolve("c.tar.gz"));
    assertSame(read, DataSource.read(archive.toString()));
  }

  @Test
  void bothVersionsOfCifar100AreTheSame() throws IOException {
    Path hundred = temporary.resolve("cifar-100-python");
    byte[] rows = rows(3, 1);
    byte[] testRows = rows(5, 2);
    Samples.write(hundred, "meta", meta("fine_label_names", "apple", "baby"));
    Samples.write(hundred, "train", batch("fine_labels", rows, 1));
    Samples.write(hundred, "test", batch("fine_labels", testRows, 0, 1));
    Path other = temporary.resolve("cifar-100-binary");
    Samples.write(other, "fine_label_names.txt", "apple\nbaby\n".getBytes(UTF_8));
    Samples.write(other, "train.bin", record(rows, 0, 7, 1));
    Samples.write(
        other, "test.bin", Bytes.concat(record(testRows, 0, 7, 0), record(testRows, 1, 7, 1)));
    assertSame(DataSource.read(hundred.toString()), DataSource.read(other.toString()));
  }

  private AbstractThrowableAssert<?, ?> assertRejected(byte[] batch) throws IOException {
    Files.write(python.resolve("data_batch_3"), batch);
    return assertThatThrownBy(() -> DataSource.read(python.toString()))
        .isInstanceOf(UsageError.class)
        .hasMessageStartingWith("read images: ");
  }

  @Test
  void rejectsWhatIsNoBatch() throws IOException {
    byte[] rows = rows(1, 1);
    byte[] good = batch("labels", rows, 0);
    assertRejected(Arrays.copyOf(good, good.length / 2))
        .hasMessageContaining("the pickle is broken: a length is 3072")
        .hasMessageContaining(python.resolve("data_batch_3").toString());
    assertRejected("I1\n.".getBytes(UTF_8)).hasMessageContaining("the operation 0x49 at byte 0");
    assertRejected(new Writer().raw("\u0080\2").number(1).done())
        .hasMessageContaining("data_batch_3 holds no dictionary");
    assertRejected(batch("labels", rows, 0, 1))
        .hasMessageContaining("data_batch_3 has 1 images and 2 labels");
    assertRejected(batch("labels", rows, 3)).hasMessageContaining("a label that names no class");
    assertRejected(batch("fine_labels", rows, 0))
        .hasMessageContaining("has no list \"labels\" of whole numbers");
    assertRejected(dictionary().text("data").array(rows, "f4", "\u0089").raw("u").done())
        .hasMessageContaining("has no list \"data\" of bytes with 3,072 columns");
    assertRejected(dictionary().text("data").array(rows, "u1", "\u0088").raw("u").done())
        .hasMessageContaining("has no list \"data\" of bytes with 3,072 columns");
  }

  /** As {@code os.system("...")} would be. */
  @Test
  void runsNoCode() throws IOException {
    Path made = temporary.resolve("made");
    assertRejected(
            new Writer().raw("\u0080\2cos\nsystem\n").text("touch " + made).raw("\u0085R").done())
        .hasMessageContaining("holds no dictionary");
    assertThat(made).doesNotExist();
  }
}
