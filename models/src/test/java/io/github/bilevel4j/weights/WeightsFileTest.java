package io.github.bilevel4j.weights;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Streams;
import com.google.common.io.BaseEncoding;
import com.google.common.io.Resources;
import com.google.common.primitives.Bytes;
import com.sun.management.ThreadMXBean;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Array;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that PyTorch 2.13 and safetensors 0.8 wrote, and files that nobody should write. */
class WeightsFileTest {
  @TempDir private Path folder;

  private static byte[] sample(String name) throws IOException {
    return Resources.toByteArray(Resources.getResource(WeightsFileTest.class, name));
  }

  private Path file(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }

  @ParameterizedTest
  @CsvSource({
    "plain-zip.pth, plain-zip.pth, PyTorch (ZIP), ''",
    "plain-legacy.pth, plain-zip.pth, PyTorch (before 1.6), ''",
    "plain.safetensors, plain-zip.pth, safetensors, ''",
    "nested-zip.pth, nested-zip.pth, PyTorch (ZIP), state_dict",
    "nested-protocol4.pth, nested-zip.pth, PyTorch (ZIP), state_dict"
  })
  void samplesHaveTheirValues(String name, String as, String format, String container)
      throws IOException {
    JsonNode expected = new ObjectMapper().readTree(sample("expected.json")).get(as);
    try (WeightsFile file = WeightsFile.open(file(name, sample(name)))) {
      assertThat(file.format()).isEqualTo(format);
      assertThat(file.container()).isEqualTo(container);
      ImmutableMap<String, Array> read = file.read();
      assertThat(read.keySet()).containsExactlyInAnyOrderElementsOf(names(expected));
      for (Map.Entry<String, JsonNode> each : expected.properties()) {
        Array array = read.get(each.getKey());
        assertThat(numbers(each.getValue().get("shape")))
            .as(each.getKey())
            .isEqualTo(Arrays.stream(array.shape().toArray()).asDoubleStream().toArray());
        assertThat(array.toDoubles())
            .as(each.getKey())
            .isEqualTo(numbers(each.getValue().get("values")));
      }
    }
  }

  private static List<String> names(JsonNode node) {
    return Streams.stream(node.fieldNames()).toList();
  }

  private static double[] numbers(JsonNode list) {
    return Streams.stream(list).mapToDouble(JsonNode::doubleValue).toArray();
  }

  @Test
  void typesAreThoseOfTheFile() throws IOException {
    try (WeightsFile file = WeightsFile.open(file("a.pth", sample("nested-zip.pth")))) {
      assertThat(file.entries())
          .extracting(WeightsFile.Entry::type)
          .contains("f16", "bf16", "f64", "u8", "bool", "i32", "i64", "f32");
    }
  }

  private void assertRefused(String name, byte[] content, String... parts) throws IOException {
    Path path = file(name, content);
    assertThatThrownBy(
            () -> {
              try (WeightsFile file = WeightsFile.open(path)) {
                file.read();
              }
            })
        .isInstanceOf(UsageError.class)
        .hasMessageStartingWith("read weights: ")
        .hasMessageContaining(path.toString())
        .satisfies(e -> assertThat(List.of(parts)).allMatch(part -> e.getMessage().contains(part)));
  }

  /** A ZIP archive of PyTorch's with a pickle and storages. */
  private static byte[] zip(byte[] pickle, Map<String, byte[]> more) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("archive/data.pkl"));
      zip.write(pickle);
      for (Map.Entry<String, byte[]> entry : more.entrySet()) {
        zip.putNextEntry(new ZipEntry("archive/" + entry.getKey()));
        zip.write(entry.getValue());
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] zip(byte[] pickle) throws IOException {
    return zip(pickle, Map.of());
  }

  private static byte[] pickle(String text) {
    return Bytes.concat(new byte[] {(byte) 0x80, 2}, text.getBytes(ISO_8859_1));
  }

  /** Small values in such numbers that they would take thirty times the file's size. */
  @Test
  void aPickleOfTooManyValuesIsRefusedWithinTheBound() throws IOException {
    String nested = "]" + ("(" + "]".repeat(1000) + "e").repeat(1000) + ".";
    String remembered = "N" + "\u0094".repeat(999_999) + ".";
    String maps = "](" + "}".repeat(900_000) + "e.";
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (String text : List.of(nested, remembered, maps)) {
      byte[] hostile =
          Bytes.concat(
              BaseEncoding.base16().decode("80028A0A6CFC9C46F9206AA850192E"),
              pickle("M\u00e9\u0003."),
              pickle("}."),
              pickle(text));
      long id = Thread.currentThread().getId();
      long before = threads.getThreadAllocatedBytes(id);
      assertRefused("many.pth", hostile, "the pickle makes too many values for its size");
      assertThat(threads.getThreadAllocatedBytes(id) - before)
          .isLessThan(3L * hostile.length + (64 << 20));
    }
  }

  @Test
  void aFunctionThatThePickleNamesIsNotCalled() throws IOException {
    Path witness = folder.resolve("witness");
    String command = "touch " + witness;
    byte[] attack = pickle("cposix\nsystem\nU" + (char) command.length() + command + "\u0085R.");
    assertRefused("attack.pth", zip(attack), "object of posix.system", "no code is run");
    assertThat(witness).doesNotExist();
  }

  @Test
  void wholeModelsAndOpaqueValuesAreRefused() throws IOException {
    byte[] model = pickle("ctorchvision.models.resnet\nResNet\n)\u0081}b.");
    assertRefused("model.pth", zip(model), "torchvision.models.resnet.ResNet", "state_dict()");
    byte[] within = pickle("}U\nstate_dictcmy.module\nThing\n)Rs.");
    assertRefused("within.pth", zip(within), "my.module.Thing");
    assertRefused("nothing.pth", zip(pickle("}.")), "holds no arrays");
  }

  @ParameterizedTest
  @CsvSource({
    "I1\\n., 0x49, protocol 0",
    "F1.0\\n., 0x46, protocol 0",
    "S'a'\\n., 0x53, protocol 0",
    "(d., 0x64, protocol 0",
    "(l., 0x6c, protocol 0",
    "(ios\\nsystem\\n., 0x69, protocol 0",
    "}\u0092., 0x92, damaged",
    "\u0097., 0x97, damaged"
  })
  void otherOperationsAreNamedWithTheirPlace(String text, String code, String advice)
      throws IOException {
    String at = "at byte " + (text.startsWith("(") || text.startsWith("}") ? 3 : 2);
    assertRefused("o.pth", zip(pickle(text.replace("\\n", "\n"))), code, at, advice);
  }

  @Test
  void brokenPicklesAreRefused() throws IOException {
    assertRefused("a.pth", zip(pickle("X\u00ff\u00ff\u00ff\u007fa.")), "a length is 2147483647");
    assertRefused("b.pth", zip(pickle("\u008a\u0005")), "a length is 5, but 0 bytes are left");
    assertRefused("c.pth", zip(pickle("}")), "it ends within an operation");
    assertRefused("d.pth", zip(pickle(".")), "lacks its operand");
    assertRefused("e.pth", zip(pickle("t.")), "lacks its mark");
    assertRefused("f.pth", zip(pickle("h\u0001.")), "recalls");
    assertRefused("g.pth", zip(new byte[] {(byte) 0x80, 9, '.'}), "protocol is 9");
    assertRefused("h.pth", zip(pickle("N".repeat(1_000_001) + ".")), "million values");
    assertRefused("i.pth", zip(pickle("}(Na s.")), "byte");
  }

  @Test
  void aListThatHoldsItselfEnds() throws IOException {
    assertRefused("a.pth", zip(pickle("}q\0U\u0001ah\0s.")), "holds no arrays");
  }

  @Test
  void archivesOfOtherKindsAreRefused() throws IOException {
    assertRefused(
        "script.pt",
        zip(pickle("}."), Map.of("constants.pkl", pickle(")."), "code/a.py", new byte[3])),
        "TorchScript program",
        "state_dict()");
    ByteArrayOutputStream other = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(other)) {
      zip.putNextEntry(new ZipEntry("picture.png"));
    }
    assertRefused("other.pth", other.toByteArray(), "no data.pkl");
    byte[] tar = new byte[1024];
    System.arraycopy("ustar".getBytes(UTF_8), 0, tar, 257, 5);
    assertRefused("old.pth", tar, "tar archive");
    assertRefused("model.pkl", pickle("}."), "bare pickle");
    assertRefused("gone.pth", new byte[0], "has no whole header");
  }

  @Test
  void anArchiveBombIsRefusedBeforeItIsUnpacked() throws IOException {
    assertRefused("pickle.pth", zip(new byte[60 << 20]), "is unpacked to 60 MB");
    byte[] good = sample("plain-zip.pth");
    byte[] pickle;
    Path copy = file("good.pth", good);
    try (ZipFile zip = new ZipFile(copy.toFile())) {
      pickle = zip.getInputStream(zip.getEntry("plain-zip/data.pkl")).readAllBytes();
    }
    assertRefused(
        "bomb.pth",
        zip(pickle, Map.of("data/0", new byte[60 << 20])),
        "\"archive/data/0\" is unpacked to 60 MB");
    assertRefused("no.pth", zip(pickle), "no entry \"archive/data/0\"");
  }

  @Test
  void everyCutOfASampleIsRefused() throws IOException {
    for (String name : List.of("plain-zip.pth", "plain-legacy.pth", "plain.safetensors")) {
      byte[] whole = sample(name);
      for (int length = 0; length < whole.length; length += 31) {
        assertRefused(name, Arrays.copyOf(whole, length));
      }
    }
  }

  @Test
  void theOldFormatEndsWithItsLastStorage() throws IOException {
    byte[] whole = sample("plain-legacy.pth");
    assertRefused("a.pth", Arrays.copyOf(whole, whole.length + 1), "1 bytes follow");
  }

  @Test
  void aTensorBeyondItsStorageIsRefused() throws IOException {
    // A view of shape [2] and stride s over one number of storage 0.
    String view =
        "}U\u0001actorch._utils\n_rebuild_tensor_v2\n((U\u0007storagectorch\nFloatStorage\n"
            + "U\u00010U\u0003cpuK\u0001tQ%s\u0089NtRs.";
    Map<String, byte[]> storage = Map.of("data/0", new byte[4]);
    assertRefused(
        "a.pth",
        zip(pickle(view.formatted("K\0K\u0002\u0085K\u0001\u0085")), storage),
        "does not lie within");
    assertRefused(
        "b.pth",
        zip(pickle(view.formatted("K\u0001K\u0001\u0085K\u0001\u0085")), storage),
        "does not lie within");
    String huge = "K\0J\u00ff\u00ff\u00ff\u007fJ\u00ff\u00ff\u00ff\u007f\u0086K\0K\0\u0086";
    assertRefused("c.pth", zip(pickle(view.formatted(huge)), storage), "does not lie within");
    String overflow =
        "K\0"
            + "J\u00ff\u00ff\u00ff\u007f".repeat(2)
            + "\u0086"
            + "J\u00ff\u00ff\u00ff\u007f".repeat(2)
            + "\u0086";
    assertRefused("d.pth", zip(pickle(view.formatted(overflow)), storage), "does not lie within");
    assertRefused(
        "e.pth",
        zip(pickle(view.formatted("K\0J\u00ff\u00ff\u00ff\u00ff\u0085K\u0001\u0085")), storage),
        "does not lie within");
    try (WeightsFile file =
        WeightsFile.open(
            file("f.pth", zip(pickle(view.formatted("K\0K\u0003\u0085K\0\u0085")), storage)))) {
      assertThat(file.read("a")).isEqualTo(Array.vector(0, 0, 0));
    }
    try (WeightsFile file =
        WeightsFile.open(
            file(
                "g.pth",
                zip(
                    pickle(view.formatted("K\0K\u0001\u0085K\u0001\u0085")),
                    ImmutableMap.of(
                        "data/0",
                        new byte[] {0x3f, (byte) 0xc0, 0, 0},
                        "byteorder",
                        "big".getBytes(UTF_8)))))) {
      assertThat(file.read("a")).isEqualTo(Array.vector(1.5));
    }
  }

  @Test
  void everyBitOfASmallFileMayChange() throws IOException {
    byte[] whole = sample("plain-legacy.pth");
    int refused = 0;
    for (int i = 0; i < 8 * whole.length; i += 7) {
      byte[] changed = whole.clone();
      changed[i / 8] ^= (byte) (1 << i % 8);
      try (WeightsFile file = WeightsFile.open(file("a.pth", changed))) {
        file.read();
      } catch (UsageError e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(500);
  }

  @Test
  void safetensorsOfEightBitFloatsAreRefusedByName() throws IOException {
    String header = "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[0,2]}}  ";
    byte[] text = header.getBytes(UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + text.length + 2).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(text.length).put(text);
    assertRefused("a.safetensors", bytes.array(), "F8_E4M3, which is not read");
  }

  @Test
  void halvesAndBrainFloats() throws IOException {
    String header =
        "{\"h\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]},"
            + "\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[8,12]}}";
    byte[] text = header.getBytes(UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + text.length + 12).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(text.length).put(text);
    bytes.put(BaseEncoding.base16().decode("0100007CFFFB017E" + "803F80FF"));
    try (WeightsFile file = WeightsFile.open(file("h.safetensors", bytes.array()))) {
      assertThat(file.read("h").toDoubles())
          .isEqualTo(
              new double[] {Math.scalb(1.0, -24), Double.POSITIVE_INFINITY, -65504, Double.NaN});
      assertThat(file.read("b").toDoubles()).isEqualTo(new double[] {1, Double.NEGATIVE_INFINITY});
    }
  }
}
