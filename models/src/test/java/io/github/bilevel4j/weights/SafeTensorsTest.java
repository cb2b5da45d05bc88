package io.github.bilevel4j.weights;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeTensorsTest {
  private static final ImmutableMap<String, Array> ARRAYS =
      ImmutableMap.of(
          "conv1/weight",
          random(1, 3, 3, 2, 4),
          "a \"quoted\" näme",
          Array.scalar(-1.5),
          "empty",
          Array.vector(),
          "bn1/bias",
          random(2, 70_001));

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void nameTheFile() {
    file = folder.resolve("weights.safetensors");
  }

  @Test
  void doublePrecisionReturnsExactly() {
    SafeTensors.write(file, ARRAYS, ElementType.F64);

    assertThat(SafeTensors.read(file)).containsExactlyEntriesOf(ARRAYS);
  }

  @Test
  void singlePrecisionReturnsRounded() {
    SafeTensors.write(file, ARRAYS, ElementType.F32);

    double[] written = ARRAYS.get("bn1/bias").toDoubles();
    double[] rounded = Arrays.stream(written).map(v -> (float) v).toArray();
    assertThat(SafeTensors.read(file).get("bn1/bias").toDoubles()).isEqualTo(rounded);
  }

  @Test
  void writesTheFormatsBytes() throws IOException {
    SafeTensors.write(file, ImmutableMap.of("b", Array.vector(1, -2)), ElementType.F32);

    String header = "{\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.getLong()).isEqualTo(56);
    byte[] text = new byte[56];
    bytes.get(text);
    assertThat(new String(text, UTF_8)).isEqualTo(header + " ".repeat(56 - header.length()));
    assertThat(bytes.getFloat()).isEqualTo(1);
    assertThat(bytes.getFloat()).isEqualTo(-2);
    assertThat(bytes.hasRemaining()).isFalse();
  }

  @Test
  void readsWhatOthersWrite() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    data.putLong(12345).putFloat(0.5f).putFloat(0.25f);
    writeFile(
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[8,16]},"
            + "\"steps\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]}}",
        data.array());

    assertThat(SafeTensors.read(file))
        .containsExactlyEntriesOf(
            ImmutableMap.of(
                "w", Array.matrix(new double[] {0.5, 0.25}), "steps", Array.scalar(12345)));
  }

  @Test
  void replacesAnOlderFileAndLeavesNothingBeside() throws IOException {
    SafeTensors.write(file, ARRAYS, ElementType.F64);
    SafeTensors.write(file, ImmutableMap.of("b", Array.scalar(1)), ElementType.F64);

    assertThat(SafeTensors.read(file)).containsOnlyKeys("b");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void leavesNothingWhereItCannotWrite() throws IOException {
    Files.createDirectories(file.resolve("in the way"));

    assertThatThrownBy(() -> SafeTensors.write(file, ARRAYS, ElementType.F64))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage("weights cannot be written to " + file);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void readsTheVariablesOfANetwork() {
    SafeTensors.write(file, ARRAYS, ElementType.F64);
    Expr weight = variable("conv1/weight", 3, 3, 2, 4);

    assertThat(SafeTensors.read(file, Variables.of(weight)))
        .containsExactlyEntriesOf(ImmutableMap.of("conv1/weight", ARRAYS.get("conv1/weight")));
  }

  @Test
  void namesTheVariablesThatAreMissing() {
    SafeTensors.write(
        file, ImmutableMap.of("b", Array.scalar(1), "c", Array.scalar(2)), ElementType.F64);
    Variables variables =
        Variables.of(
            variable("b"),
            variable("v1"),
            variable("v2"),
            variable("v3"),
            variable("v4"),
            variable("v5"),
            variable("v6"));

    assertThatThrownBy(() -> SafeTensors.read(file, variables))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read weights: 6 of 7 variables are missing.
              file     %s
              missing  v1, v2, v3, v4, v5, ...
              found    b, c
            Maybe the weights belong to another network, or its scope has another path.""",
            file);
  }

  @Test
  void namesTheVariablesOfAnotherShape() {
    SafeTensors.write(
        file,
        ImmutableMap.of("a", Array.vector(1, 2), "b", Array.scalar(1), "c", Array.vector(3)),
        ElementType.F64);
    Variables variables = Variables.of(variable("a", 3), variable("b"), variable("c", 1, 1));

    assertThatThrownBy(() -> SafeTensors.read(file, variables))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read weights: 2 of 3 variables have another shape in the file.
              variable  network  file
              a         [3]      [2]
              c         [1, 1]   [1]
            Maybe the weights in %s belong to a network of another width or with another stem.""",
            file);
  }

  @Test
  void tellsOfAFileThatIsMissing() {
    assertThatThrownBy(() -> SafeTensors.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read weights: there is no file %s.
            Maybe the path is misspelt, or the run that writes it has not ended.""",
            file);
  }

  @Test
  void tellsOfAFolderThatIsMissing() {
    Path missing = folder.resolve("missing");

    assertThatThrownBy(
            () -> SafeTensors.write(missing.resolve("w.safetensors"), ARRAYS, ElementType.F64))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            write weights: there is no folder %s.
              file  %s
            Maybe the folder has to be made first.""",
            missing, missing.resolve("w.safetensors"));
  }

  @Test
  void tellsOfEveryTruncation() throws IOException {
    SafeTensors.write(file, ImmutableMap.of("b", Array.vector(1, -2)), ElementType.F32);
    byte[] whole = Files.readAllBytes(file);

    for (int length = 0; length < 64; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertBroken("the file of " + length + " bytes has no whole header");
    }
    for (int length = 64; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertBroken("\"b\" lies at [0, 8], but there are " + (length - 64) + " bytes of data");
    }
  }

  @Test
  void tellsOfAnotherFormat() throws IOException {
    Files.writeString(file, "PK this is a zip file, or so it says");
    assertBroken("the file of 36 bytes has no whole header");

    writeFile("not JSON", new byte[0]);
    assertBroken("the header is not JSON");

    writeFile("[1, 2]", new byte[0]);
    assertBroken("the header is not a JSON object");

    writeFile("{\"w\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[0,2]}}", new byte[2]);
    assertBroken("\"w\" has the type \"BF16\", not one of [F64, F32, I64]");

    writeFile("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", new byte[4]);
    assertBroken("\"w\" lies at [0], but there are 4 bytes of data");

    writeFile("{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", new byte[8]);
    assertBroken("\"w\" of type F32 and shape [3] does not fill 8 bytes");

    writeFile("{\"w\":{\"dtype\":\"F32\",\"shape\":[-1,-2],\"data_offsets\":[0,8]}}", new byte[8]);
    assertBroken("\"w\" of type F32 and shape [-1, -2] does not fill 8 bytes");
  }

  private void assertBroken(String reason) {
    assertThatThrownBy(() -> SafeTensors.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read weights: %s.
              file  %s
            Maybe it is not in the safetensors format, or was cut short.""",
            reason, file);
  }

  private void writeFile(String header, byte[] data) throws IOException {
    byte[] text = header.getBytes(UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, bytes.putLong(text.length).put(text).put(data).array());
  }

  private static Expr variable(String name, int... dims) {
    return Expr.variable(name, Shape.of(dims), Initializer.zeros());
  }

  private static Array random(long seed, int... dims) {
    Random random = new Random(seed);
    return Array.fill(Shape.of(dims), i -> random.nextGaussian());
  }
}
