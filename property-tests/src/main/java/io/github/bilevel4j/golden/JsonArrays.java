package io.github.bilevel4j.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Doubles;
import com.google.common.primitives.Ints;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The numbers in a JSON tree by their paths, such as {@code grad/z1}. A number is a scalar, a nest
 * of lists of numbers an array, and so is an object of {@code shape} and {@code data}.
 */
final class JsonArrays {
  private final ImmutableMap.Builder<String, Array> arrays = ImmutableMap.builder();

  private JsonArrays() {}

  static ImmutableMap<String, Array> in(JsonNode tree) {
    JsonArrays reader = new JsonArrays();
    reader.read("", tree);
    return reader.arrays.buildOrThrow();
  }

  private void read(String path, JsonNode node) {
    if (node.isNumber()) {
      arrays.put(path, Array.scalar(node.doubleValue()));
    } else if (node.has("shape") && node.has("data")) {
      arrays.put(path, Array.of(Shape.of(ints(node.get("shape"))), doubles(node.get("data"))));
    } else if (isNumeric(node)) {
      arrays.put(path, Array.of(shape(node), doubles(node)));
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        read(child(path, Integer.toString(i)), node.get(i));
      }
    } else {
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        read(child(path, field.getKey()), field.getValue());
      }
    }
  }

  private static String child(String path, String name) {
    return path.isEmpty() ? name : path + "/" + name;
  }

  /** Whether a node is a list, or a list of lists and so on, of numbers. */
  private static boolean isNumeric(JsonNode node) {
    if (!node.isArray() || node.isEmpty()) {
      return false;
    }
    for (JsonNode element : node) {
      if (!element.isNumber() && !isNumeric(element)) {
        return false;
      }
    }
    return true;
  }

  private static Shape shape(JsonNode list) {
    List<Integer> dims = new ArrayList<>();
    for (JsonNode node = list; node.isArray(); node = node.get(0)) {
      dims.add(node.size());
    }
    return Shape.of(Ints.toArray(dims));
  }

  static double[] doubles(JsonNode nest) {
    List<Double> numbers = new ArrayList<>();
    collect(nest, numbers);
    return Doubles.toArray(numbers);
  }

  static int[] ints(JsonNode nest) {
    List<Double> numbers = new ArrayList<>();
    collect(nest, numbers);
    return Ints.toArray(numbers);
  }

  private static void collect(JsonNode node, List<Double> numbers) {
    if (node.isArray()) {
      node.forEach(element -> collect(element, numbers));
    } else {
      numbers.add(node.doubleValue());
    }
  }
}
