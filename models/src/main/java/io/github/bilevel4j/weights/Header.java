package io.github.bilevel4j.weights;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Enums;
import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;

/** The JSON in front of the data: of each array the name, the type, the shape and the place. */
record Header(ImmutableList<Entry> entries) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String METADATA = "__metadata__";
  private static final int ALIGNMENT = 8;

  /** An array and where its bytes lie after the header. */
  record Entry(String name, ElementType type, Shape shape, long begin, long end) {}

  /** The header of arrays that lie one after another. */
  static Header of(Map<String, Array> arrays, ElementType type) {
    ImmutableList.Builder<Entry> entries = ImmutableList.builder();
    long begin = 0;
    for (Map.Entry<String, Array> array : arrays.entrySet()) {
      Shape shape = array.getValue().shape();
      long end = begin + shape.size() * type.bytes();
      entries.add(new Entry(array.getKey(), type, shape, begin, end));
      begin = end;
    }
    return new Header(entries.build());
  }

  /** The text in UTF-8, filled up with blanks so that the data begin at a multiple of eight. */
  byte[] toBytes() {
    ObjectNode root = JSON.createObjectNode();
    for (Entry entry : entries) {
      ObjectNode node = root.putObject(entry.name);
      node.put("dtype", entry.type.name());
      ArrayNode dims = node.putArray("shape");
      Arrays.stream(entry.shape.toArray()).forEach(dims::add);
      node.putArray("data_offsets").add(entry.begin).add(entry.end);
    }
    byte[] text = root.toString().getBytes(UTF_8);
    byte[] padded = Arrays.copyOf(text, (text.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    Arrays.fill(padded, text.length, padded.length, (byte) ' ');
    return padded;
  }

  /**
   * Reads the text.
   *
   * @param dataSize number of bytes that follow it in the file
   * @throws IllegalArgumentException if it is not such a header, or places an array outside the
   *     data
   */
  static Header parse(Path file, byte[] text, long dataSize) {
    ImmutableList.Builder<Entry> entries = ImmutableList.builder();
    for (Map.Entry<String, JsonNode> field : object(file, text).properties()) {
      if (!field.getKey().equals(METADATA)) {
        entries.add(entry(file, field.getKey(), field.getValue(), dataSize));
      }
    }
    return new Header(entries.build());
  }

  private static ObjectNode object(Path file, byte[] text) {
    try {
      if (JSON.readTree(text) instanceof ObjectNode root) {
        return root;
      }
    } catch (IOException e) {
      throw MalformedFile.at(file, "the header is not JSON");
    }
    throw MalformedFile.at(file, "the header is not a JSON object");
  }

  private static Entry entry(Path file, String name, JsonNode node, long dataSize) {
    String typeName = node.path("dtype").asText();
    ElementType type = Enums.getIfPresent(ElementType.class, typeName).orNull();
    if (type == null) {
      throw MalformedFile.at(
          file,
          "\"%s\" has the type \"%s\", not one of %s"
              .formatted(name, typeName, Arrays.toString(ElementType.values())));
    }
    long[] dims = numbers(node.path("shape"));
    long[] place = numbers(node.path("data_offsets"));
    if (place.length != 2 || place[0] < 0 || place[1] > dataSize) {
      throw MalformedFile.at(
          file,
          "\"%s\" lies at %s, but there are %d bytes of data"
              .formatted(name, Arrays.toString(place), dataSize));
    }
    if (!fills(dims, type, place[1] - place[0])) {
      throw MalformedFile.at(
          file,
          "\"%s\" of type %s and shape %s does not fill %d bytes"
              .formatted(name, type, Arrays.toString(dims), place[1] - place[0]));
    }
    return new Entry(
        name,
        type,
        Shape.of(Arrays.stream(dims).mapToInt(Math::toIntExact).toArray()),
        place[0],
        place[1]);
  }

  private static long[] numbers(JsonNode node) {
    return StreamSupport.stream(node.spliterator(), false).mapToLong(JsonNode::asLong).toArray();
  }

  /** Whether an array has so many bytes; sizes in a broken header may be beyond any number. */
  private static boolean fills(long[] dims, ElementType type, long bytes) {
    if (LongStream.of(dims).anyMatch(dim -> dim < 0 || dim > Integer.MAX_VALUE)) {
      return false;
    }
    double size = LongStream.of(dims).asDoubleStream().reduce(type.bytes(), (a, b) -> a * b);
    return size == bytes && size / type.bytes() <= Integer.MAX_VALUE;
  }
}
