package io.github.bilevel4j.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * One case of a golden file: parameters, inputs and expected values, the latter two by path. Names
 * and numbers differ from folder to folder: nothing may be assumed of them but the file's format.
 */
record GoldenCase(
    String file,
    String name,
    JsonNode parameters,
    ImmutableMap<String, Array> inputs,
    ImmutableMap<String, Array> expected,
    ImmutableMap<String, Double> tolerances) {

  static GoldenCase of(String file, JsonNode node, ImmutableMap<String, Double> tolerances) {
    return new GoldenCase(
        file,
        (node.has("name") ? node.get("name") : node.required("id")).asText(),
        node.has("params") ? node.get("params") : node.required("parameters"),
        JsonArrays.in(node.required("inputs")),
        JsonArrays.in(node.required("expected")),
        tolerances);
  }

  /** A tolerance of the file; empty if it has none of this name. */
  OptionalDouble tolerance(String key) {
    Double tolerance = tolerances.get(key);
    return tolerance == null ? OptionalDouble.empty() : OptionalDouble.of(tolerance);
  }

  /** Whether the file has any tolerance for float32. */
  boolean hasFloat32Tolerance() {
    return tolerances.keySet().stream().anyMatch(key -> key.contains("float32"));
  }

  double number(String parameter) {
    return required(parameter).doubleValue();
  }

  /** A parameter, or zero if it is not given. */
  double numberOrZero(String parameter) {
    return parameters.has(parameter) ? number(parameter) : 0;
  }

  int integer(String parameter) {
    return required(parameter).intValue();
  }

  boolean flag(String parameter) {
    return parameters.path(parameter).asBoolean(false);
  }

  String text(String parameter) {
    return required(parameter).asText();
  }

  int[] integers(String parameter) {
    return JsonArrays.ints(required(parameter));
  }

  double[] numbers(String parameter) {
    return JsonArrays.doubles(required(parameter));
  }

  private JsonNode required(String parameter) {
    JsonNode value = parameters.get(parameter);
    if (value == null) {
      throw new IllegalArgumentException(
          file + " " + name + ": there is no parameter " + parameter + " in " + parameters);
    }
    return value;
  }

  Array input(String path) {
    Array array = inputs.get(path);
    if (array == null) {
      throw new IllegalArgumentException(
          file + " " + name + ": there is no input " + path + " in " + inputs.keySet());
    }
    return array;
  }

  /** An input as a constant. */
  Expr constant(String path) {
    return Expr.constant(input(path));
  }

  /** A new variable that starts at an input. */
  Expr variable(String path) {
    return Expr.variable(path, input(path));
  }

  /** New variables that start at the inputs, by path. */
  ImmutableMap<String, Expr> variables() {
    return ImmutableMap.copyOf(
        Maps.transformEntries(inputs, (path, start) -> Expr.variable(path, start)));
  }

  /** The paths {@code prefix0, prefix1, ...} among the inputs. */
  ImmutableList<String> numbered(String prefix) {
    return IntStream.iterate(0, i -> inputs.containsKey(prefix + i), i -> i + 1)
        .mapToObj(i -> prefix + i)
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * The names directly below a path of the expected values, for instance of arrays in {@code grad}.
   */
  ImmutableList<String> expectedBelow(String path) {
    String prefix = path.isEmpty() ? "" : path + "/";
    return expected.keySet().stream()
        .filter(key -> key.startsWith(prefix))
        .map(key -> key.substring(prefix.length()).split("/", 2)[0])
        .distinct()
        .collect(ImmutableList.toImmutableList());
  }
}
