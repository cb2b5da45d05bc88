package io.github.bilevel4j.weights;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import com.google.common.io.BaseEncoding;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
        .hasMessageStartingWith(file + " cannot be written: Is a directory (")
        .hasMessageEndingWith(" MB free in " + folder + ")");
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

    writeFile("{\"w\":{\"dtype\":\"F99\",\"shape\":[1],\"data_offsets\":[0,2]}}", new byte[2]);
    assertBroken("\"w\" has the type \"F99\", not one of " + Arrays.toString(StoredType.values()));

    writeFile("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", new byte[4]);
    assertBroken("\"w\" lies at [0], but there are 4 bytes of data");

    writeFile("{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", new byte[8]);
    assertBroken("\"w\" of type F32 and shape [3] does not fill 8 bytes");

    writeFile("{\"w\":{\"dtype\":\"F32\",\"shape\":[-1,-2],\"data_offsets\":[0,8]}}", new byte[8]);
    assertBroken("\"w\" of type F32 and shape [-1, -2] does not fill 8 bytes");
  }

  /** What the reference implementation, version 0.8.0, refuses, or should by the format's text. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      textBlock =
          """
      {A,A}                                   | the header has the same name twice: Duplicate field 'a'
      {'__metadata__':{},'__metadata__':{},A} | the header has the same name twice: Duplicate field '__metadata__'
      {'__metadata__':{'k':'','k':''},A}      | the header has the same name twice: Duplicate field 'k'
      {'a':{'dtype':'F32','dtype':'F32','shape':[6],'data_offsets':[0,24]}} | the header has the same name twice: Duplicate field 'dtype'
      {'__metadata__':{'k':1},A}              | __metadata__ is not an object of texts
      {'__metadata__':'k',A}                  | __metadata__ is not an object of texts
      {'__metadata__':['k'],A}                | __metadata__ is not an object of texts
      {'a':F[3]0-12,'b':F[3]8-20,'c':F[1]20-24} | "b" lies at [8, 20], where another array lies
      {'a':F[6]0-24,'b':F[6]0-24}             | "b" lies at [0, 24], where another array lies
      {'a':F[2]0-8,'b':F[2]16-24}             | no array lies in the data's bytes [8, 16]
      {'a':F[5]4-24}                          | no array lies in the data's bytes [0, 4]
      {'a':F[5]0-20}                          | no array lies in the data's bytes [20, 24]
      {}                                      | no array lies in the data's bytes [0, 24]
      {A,'b':F[0]8-8}                         | "b" lies at [8, 8], where another array lies
      {'a':F[2.5,3]0-24}                      | "a" has shape [2.5,3], not a list of whole numbers
      {'a':F[2.0,3]0-24}                      | "a" has shape [2.0,3], not a list of whole numbers
      {'a':F['2',3]0-24}                      | "a" has shape ["2",3], not a list of whole numbers
      {'a':F[true,6]0-24}                     | "a" has shape [true,6], not a list of whole numbers
      {'a':F[null,6]0-24}                     | "a" has shape [null,6], not a list of whole numbers
      {'a':F[99999999999999999999]0-24}       | "a" has shape [99999999999999999999], not a list of whole numbers
      {'a':F[-2,-3]0-24}                      | "a" of type F32 and shape [-2, -3] does not fill 24 bytes
      {'a':F[5]0-24}                          | "a" of type F32 and shape [5] does not fill 24 bytes
      {'a':F[1152921504606846976,16]0-24}     | "a" of type F32 and shape [1152921504606846976, 16] does not fill 24 bytes
      {A,'b':F[2147483647,2147483647,2147483647,0]24-24} | "b" of type F32 and shape [2147483647, 2147483647, 2147483647, 0] does not fill 0 bytes
      {'a':{'dtype':'F32','shape':6,'data_offsets':[0,24]}} | "a" has shape 6, not a list of whole numbers
      {'a':{'dtype':'F32','shape':{'x':6},'data_offsets':[0,24]}} | "a" has shape {"x":6}, not a list of whole numbers
      {'a':{'dtype':'F32','data_offsets':[0,24]}} | "a" has shape none, not a list of whole numbers
      {'a':{'dtype':'F32','shape':[6]}}       | "a" has data_offsets none, not a list of whole numbers
      {'a':{'dtype':'F32','shape':[6],'data_offsets':[24]}} | "a" lies at [24], but there are 24 bytes of data
      {'a':{'dtype':'F32','shape':[6],'data_offsets':[0,24,24]}} | "a" lies at [0, 24, 24], but there are 24 bytes of data
      {'a':{'dtype':'F32','shape':[6],'data_offsets':[0,24.0]}} | "a" has data_offsets [0,24.0], not a list of whole numbers
      {'a':{'dtype':'F32','shape':[6],'data_offsets':['0','24']}} | "a" has data_offsets ["0","24"], not a list of whole numbers
      {'a':{'dtype':'F32','shape':[6],'data_offsets':[-24,0]}} | "a" lies at [-24, 0], but there are 24 bytes of data
      {'a':{'dtype':'F32','shape':[6],'data_offsets':[24,0]}} | "a" lies at [24, 0], but there are 24 bytes of data
      {'a':F[7]0-28}                          | "a" lies at [0, 28], but there are 24 bytes of data
      {'a':F[6]9223372036854775800-24}        | "a" lies at [9223372036854775800, 24], but there are 24 bytes of data
      {'a':{'dtype':1,'shape':[6],'data_offsets':[0,24]}} | "a" has the type 1, not one of TYPES
      {'a':{'dtype':'f32','shape':[6],'data_offsets':[0,24]}} | "a" has the type "f32", not one of TYPES
      {'a':{'shape':[6],'data_offsets':[0,24]}} | "a" has the type none, not one of TYPES
      {'a':{'dtype':'F4','shape':[47],'data_offsets':[0,24]}} | "a" of type F4 and shape [47] does not fill 24 bytes
      {'a':[1]}                               | "a" has the type none, not one of TYPES
      {'a':null}                              | "a" has the type none, not one of TYPES
      {A}{}                                   | the header is not JSON
      {A,}                                    | the header is not JSON
      {A}%00                                  | the header is not JSON
      {/**/A}                                 | the header is not JSON
      {A                                      | the header is not JSON
      {'%09':1}                               | the header is not JSON
      {'a':F[06]0-24}                         | the header is not JSON
      {'a':NaN}                               | the header is not JSON
      %0A{A}                                  | the header does not begin with {
      %FF{A}                                  | the header is not UTF-8
      {'%C3':1}                               | the header is not UTF-8
      {'%EF%BB%BF                             | the header is not JSON
      {'\\ud800':F[6]0-24}                     | the header is not JSON
      """)
  void refusesWhatTheFormatForbids(String header, String reason) throws IOException {
    String json =
        header
            .replaceAll("\\bA\\b", "'a':F[2,3]0-24")
            .replaceAll(
                "F(\\[[^\\]]*])(\\d+)-(\\d+)", "{'dtype':'F32','shape':$1,'data_offsets':[$2,$3]}")
            .replace('\'', '"');
    writeFile(URLDecoder.decode(json, ISO_8859_1).getBytes(ISO_8859_1), new byte[24]);
    assertBroken(reason.replace("TYPES", Arrays.toString(StoredType.values())));
  }

  @Test
  void acceptsWhatTheFormatAllows() throws IOException {
    String six = "\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}";
    for (String header :
        new String[] {
          "{" + six + "}",
          "{" + six + "}  \n\t ",
          "{\"__metadata__\":null," + six + "}",
          "{" + six + ",\"__metadata__\":{\"format\":\"pt\"}}",
          "{" + six.replace("{", "{\"more\":[{}],") + "}",
        }) {
      writeFile(header, new byte[24]);
      assertThat(SafeTensors.read(file)).containsOnlyKeys("a");
    }
    String empty = "{\"dtype\":\"F32\",\"shape\":[46340,46340,0],\"data_offsets\":[0,0]}";
    writeFile("{\"b\":" + empty + "," + six + ",\"\":" + empty + "}", new byte[24]);
    assertThat(SafeTensors.read(file)).containsOnlyKeys("b", "a", "");
    assertThat(SafeTensors.read(file).get("").shape()).isEqualTo(Shape.of(46340, 46340, 0));
    writeFile("{}", new byte[0]);
    assertThat(SafeTensors.read(file)).isEmpty();
  }

  /** Bytes in little-endian order, and the numbers that they stand for. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
      BOOL | 00 01 02                | 0 1 1
      U8   | 00 7f ff                | 0 127 255
      I8   | 00 7f ff 80             | 0 127 -1 -128
      U16  | 0100 ffff               | 1 65535
      I16  | 0100 ffff 0080          | 1 -1 -32768
      U32  | 01000000 ffffffff       | 1 4294967295
      I32  | ffffff7f 00000080       | 2147483647 -2147483648
      I64  | cb04fb711f010000 ffffffffffffffff | 1234567890123 -1
      U64  | 0100000000000000 ffffffffffffffff 01f8ffffffffffff | 1 18446744073709551616 18446744073709549568
      F16  | 003c 00c0 ff7b 0004 0100 0080 ff03 5535 | 1 -2 65504 6.103515625e-05 5.960464477539063e-08 -0 6.097555160522461e-05 0.333251953125
      F16  | 007c 00fc 007e          | Infinity -Infinity NaN
      BF16 | 803f 00c0 2040 0100     | 1 -2 2.5 9.183549615799121e-41
      BF16 | 807f 80ff c07f          | Infinity -Infinity NaN
      F32  | 0000803f 0000807f       | 1 Infinity
      F64  | 555555555555d53f        | 0.3333333333333333
      """)
  void readsNumbersOfEveryType(String type, String hex, String numbers) throws IOException {
    byte[] data = BaseEncoding.base16().lowerCase().decode(hex.replace(" ", ""));
    double[] expected =
        Stream.of(numbers.strip().split(" ")).mapToDouble(Double::parseDouble).toArray();
    writeFile(
        "{\"w\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(type, expected.length, data.length),
        data);
    assertThat(SafeTensors.read(file).get("w").toDoubles()).containsExactly(expected);
  }

  /** Arrays longer than what is read at once. */
  @Test
  void readsLongArraysOfShortNumbers() throws IOException {
    byte[] data = new byte[2 * 70_000];
    ByteBuffer in = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 70_000; i++) {
      in.putShort((short) (i % 30_000));
    }
    writeFile("{\"w\":{\"dtype\":\"I16\",\"shape\":[70000],\"data_offsets\":[0,140000]}}", data);
    double[] read = SafeTensors.read(file).get("w").toDoubles();
    assertThat(read).hasSize(70_000);
    assertThat(IntStream.range(0, 70_000)).allMatch(i -> read[i] == i % 30_000);
  }

  private void writeWithFloat8() throws IOException {
    writeFile(
        "{\"mask\":{\"dtype\":\"F8_E4M3\",\"shape\":[3],\"data_offsets\":[0,3]},"
            + "\"w\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[3,5]}}",
        new byte[] {1, 2, 3, 0, 0x3c});
  }

  @Test
  void anArrayThatIsNotNeededMayHaveAnyType() throws IOException {
    writeWithFloat8();
    assertThat(SafeTensors.read(file, Variables.of(variable("w", 1))))
        .containsExactly(Map.entry("w", Array.vector(1)));
    assertThat(SafeTensors.readPresent(file, Variables.of(variable("w", 2), variable("other", 1))))
        .containsExactly(Map.entry("w", Array.vector(1)));
  }

  @Test
  void namesAnArrayWhoseTypeIsNotRead() throws IOException {
    writeWithFloat8();
    assertThatThrownBy(() -> SafeTensors.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read weights: "mask" is stored as F8_E4M3, which is not read.
              file  %s
              read  [BOOL, U8, I8, I16, U16, F16, BF16, I32, U32, F32, F64, I64, U64]
            Maybe save it anew as F32 or F16.""",
            file);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[2147483648, 0]", "[2147483647, 2147483647, 0]", "[1, 1, 1, 1, 1, 1, 1, 1, 0]"})
  void namesAnArrayThatIsTooLarge(String shape) throws IOException {
    writeFile(
        "{\"w\":{\"dtype\":\"U8\",\"shape\":%s,\"data_offsets\":[0,0]}}".formatted(shape),
        new byte[0]);
    assertThatThrownBy(() -> SafeTensors.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read weights: "w" is larger than an array can be.
              file   %s
              shape  %s""",
            file, shape);
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
    writeFile(header.getBytes(UTF_8), data);
  }

  private void writeFile(byte[] text, byte[] data) throws IOException {
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
