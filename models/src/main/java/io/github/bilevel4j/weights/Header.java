package io.github.bilevel4j.weights;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Ascii;
import com.google.common.base.Enums;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Streams;
import io.github.bilevel4j.shape.Shape;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The JSON in front of the data: of each array the name, the type, the shape and the place.
 *
 * <p>It is checked as strictly as the format asks: one JSON object and nothing else, no name twice,
 * whole numbers, metadata that are texts, and arrays that lie one after another, in any order, from
 * the first byte of the data to the last.
 */
record Header(ImmutableList<Entry> entries, ImmutableMap<String, String> metadata) {
  private static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final String METADATA = "__metadata__";
  private static final String TYPE = "dtype";
  private static final String SHAPE = "shape";
  private static final String PLACE = "data_offsets";
  private static final int ALIGNMENT = 8;
  private static final int SHOWN = 100;

  /** An array and where its bytes lie after the header. */
  record Entry(String name, StoredType type, ImmutableList<Long> dims, long begin, long end) {

    /** The number of elements. */
    long size() {
      return dims.stream().reduce(1L, (a, b) -> a * b);
    }
  }

  /** The header of arrays that lie one after another. */
  static Header of(
      Map<String, Shape> shapes,
      Function<String, ElementType> types,
      Map<String, String> metadata) {
    ImmutableList.Builder<Entry> entries = ImmutableList.builder();
    long begin = 0;
    for (Map.Entry<String, Shape> array : shapes.entrySet()) {
      Shape shape = array.getValue();
      ElementType type = types.apply(array.getKey());
      long end = begin + shape.size() * type.bytes();
      ImmutableList<Long> dims =
          Arrays.stream(shape.toArray()).asLongStream().boxed().collect(toImmutableList());
      entries.add(new Entry(array.getKey(), StoredType.valueOf(type.name()), dims, begin, end));
      begin = end;
    }
    return new Header(entries.build(), ImmutableMap.copyOf(metadata));
  }

  /** The text in UTF-8, filled up with blanks so that the data begin at a multiple of eight. */
  byte[] toBytes() {
    ObjectNode root = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode texts = root.putObject(METADATA);
      metadata.forEach(texts::put);
    }
    for (Entry entry : entries) {
      ObjectNode node = root.putObject(entry.name);
      node.put(TYPE, entry.type.name());
      ArrayNode dims = node.putArray(SHAPE);
      entry.dims.forEach(dims::add);
      node.putArray(PLACE).add(entry.begin).add(entry.end);
    }
    byte[] text = root.toString().getBytes(UTF_8);
    byte[] padded = Arrays.copyOf(text, (text.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    Arrays.fill(padded, text.length, padded.length, (byte) ' ');
    return padded;
  }

  /**
   * Reads the text.
   *
   * @param dataBytes number of bytes that follow it in the file
   * @throws IllegalArgumentException if it is not such a header
   */
  static Header parse(Path file, byte[] text, long dataBytes) {
    ImmutableList.Builder<Entry> entries = ImmutableList.builder();
    ImmutableMap.Builder<String, String> metadata = ImmutableMap.builder();
    for (Map.Entry<String, JsonNode> field : object(file, text).properties()) {
      if (field.getKey().equals(METADATA)) {
        requireTexts(file, field.getValue());
        field
            .getValue()
            .properties()
            .forEach(each -> metadata.put(each.getKey(), each.getValue().textValue()));
      } else {
        entries.add(entry(file, field.getKey(), field.getValue(), dataBytes));
      }
    }
    Header header = new Header(entries.build(), metadata.buildOrThrow());
    header.requireNoGaps(file, dataBytes);
    return header;
  }

  private static ObjectNode object(Path file, byte[] text) {
    try {
      // Not left to the parser, which would take other encodings than UTF-8, too.
      JsonNode root = JSON.readTree(UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString());
      if (!root.isObject()) {
        throw MalformedFile.at(file, "the header is not a JSON object");
      } else if (text[0] != '{') {
        throw MalformedFile.at(file, "the header does not begin with {");
      }
      return (ObjectNode) root;
    } catch (CharacterCodingException e) {
      throw MalformedFile.at(file, "the header is not UTF-8");
    } catch (JsonProcessingException e) {
      if (e.getOriginalMessage().startsWith("Duplicate field")) {
        throw MalformedFile.at(
            file, "the header has the same name twice: %s", shown(e.getOriginalMessage()));
      }
      throw MalformedFile.at(file, "the header is not JSON");
    }
  }

  private static void requireTexts(Path file, JsonNode metadata) {
    boolean isTexts = metadata.isObject() && Streams.stream(metadata).allMatch(JsonNode::isTextual);
    if (!isTexts && !metadata.isNull()) {
      throw MalformedFile.at(file, "%s is not an object of texts", METADATA);
    }
  }

  private static Entry entry(Path file, String name, JsonNode node, long dataBytes) {
    StoredType type = type(file, name, node.path(TYPE));
    ImmutableList<Long> dims = numbers(file, name, node, SHAPE);
    ImmutableList<Long> place = numbers(file, name, node, PLACE);
    if (place.size() != 2
        || place.get(0) < 0
        || place.get(0) > place.get(1)
        || place.get(1) > dataBytes) {
      throw MalformedFile.at(
          file,
          "\"%s\" lies at %s, but there are %d bytes of data",
          shown(name),
          shown(place.toString()),
          dataBytes);
    }
    long bytes = place.get(1) - place.get(0);
    if (!fills(dims, type, bytes)) {
      throw MalformedFile.at(
          file,
          "\"%s\" of type %s and shape %s does not fill %d bytes",
          shown(name),
          type,
          shown(dims.toString()),
          bytes);
    }
    return new Entry(name, type, dims, place.get(0), place.get(1));
  }

  private static StoredType type(Path file, String name, JsonNode node) {
    return Enums.getIfPresent(StoredType.class, node.isTextual() ? node.textValue() : "")
        .toJavaUtil()
        .orElseThrow(
            () ->
                MalformedFile.at(
                    file,
                    "\"%s\" has the type %s, not one of %s",
                    shown(name),
                    node.isMissingNode() ? "none" : shown(node.toString()),
                    Arrays.toString(StoredType.values())));
  }

  private static ImmutableList<Long> numbers(Path file, String name, JsonNode node, String field) {
    JsonNode numbers = node.path(field);
    boolean isWhole =
        Streams.stream(numbers)
            .allMatch(number -> number.isIntegralNumber() && number.canConvertToLong());
    if (!numbers.isArray() || !isWhole) {
      throw MalformedFile.at(
          file,
          "\"%s\" has %s %s, not a list of whole numbers",
          shown(name),
          field,
          numbers.isMissingNode() ? "none" : shown(numbers.toString()));
    }
    return Streams.stream(numbers).map(JsonNode::longValue).collect(toImmutableList());
  }

  /** Whether an array has so many bytes; sizes in a broken header may be beyond any number. */
  private static boolean fills(List<Long> dims, StoredType type, long bytes) {
    try {
      long size = dims.stream().reduce(1L, Math::multiplyExact);
      long bits = Math.multiplyExact(size, type.bits());
      return dims.stream().allMatch(dim -> dim >= 0)
          && bits % Byte.SIZE == 0
          && bits / Byte.SIZE == bytes;
    } catch (ArithmeticException e) {
      return false;
    }
  }

  /** Arrays may lie in any order, but one after another over all of the data. */
  private void requireNoGaps(Path file, long dataBytes) {
    long covered = 0;
    for (Entry entry :
        ImmutableList.sortedCopyOf(
            Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end), entries)) {
      if (entry.begin < covered) {
        throw MalformedFile.at(
            file,
            "\"%s\" lies at [%d, %d], where another array lies",
            shown(entry.name),
            entry.begin,
            entry.end);
      }
      requireCovered(file, covered, entry.begin);
      covered = entry.end;
    }
    requireCovered(file, covered, dataBytes);
  }

  private static void requireCovered(Path file, long covered, long next) {
    if (covered < next) {
      throw MalformedFile.at(file, "no array lies in the data's bytes [%d, %d]", covered, next);
    }
  }

  static String shown(String text) {
    return Ascii.truncate(text.replaceAll("\\p{Cntrl}", "?"), SHOWN, "...");
  }
}
