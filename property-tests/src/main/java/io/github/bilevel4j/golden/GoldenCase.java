package io.github.bilevel4j.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ForwardingMap;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One case of a golden file: parameters, inputs and expected values, the latter two by path such as
 * {@code grad/z1}. It notes which parameters and inputs were read, see {@link #unused}.
 */
public final class GoldenCase {
  private final String file;
  private final String name;
  private final JsonNode parameters;
  private final ImmutableMap<String, Array> inputs;
  private final ImmutableMap<String, Array> expected;
  private final ImmutableMap<String, Double> tolerances;
  private final Set<String> usedParameters = new HashSet<>();
  private final Set<String> usedInputs = new HashSet<>();

  private GoldenCase(
      String file,
      String name,
      JsonNode parameters,
      ImmutableMap<String, Array> inputs,
      ImmutableMap<String, Array> expected,
      ImmutableMap<String, Double> tolerances) {
    this.file = file;
    this.name = name;
    this.parameters = parameters;
    this.inputs = inputs;
    this.expected = expected;
    this.tolerances = tolerances;
  }

  static GoldenCase of(String file, JsonNode node, ImmutableMap<String, Double> tolerances) {
    return new GoldenCase(
        file,
        (node.has("name") ? node.get("name") : node.required("id")).asText(),
        node.has("params") ? node.get("params") : node.required("parameters"),
        JsonArrays.in(node.required("inputs")),
        JsonArrays.in(node.required("expected")),
        tolerances);
  }

  /** A row of a table: each column is an expected value, or a parameter, or an input. */
  static GoldenCase row(
      String file,
      String name,
      JsonNode row,
      ImmutableSet<String> expected,
      ImmutableMap<String, Double> tolerances) {
    ImmutableMap<String, Array> all = JsonArrays.in(row);
    return new GoldenCase(
        file,
        name,
        row,
        all,
        ImmutableMap.copyOf(Maps.filterKeys(all, expected::contains)),
        tolerances);
  }

  /** The name of the file. */
  public String file() {
    return file;
  }

  /** The name of the case. */
  public String name() {
    return name;
  }

  /** The expected values by path. */
  public ImmutableMap<String, Array> expected() {
    return expected;
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

  /** The parameters and inputs that were not read, by name and path. */
  ImmutableSet<String> unused() {
    Stream<String> names = parameters.propertyStream().map(Map.Entry::getKey);
    return Stream.concat(
            names.filter(each -> !usedParameters.contains(each)),
            inputs.keySet().stream().filter(each -> !usedInputs.contains(each)))
        // In a row of a table a column is read in one way or the other.
        .filter(each -> !(parameters.has(each) && inputs.containsKey(each) && isUsed(each)))
        .filter(each -> !(parameters.has(each) && expected.containsKey(each)))
        .collect(ImmutableSet.toImmutableSet());
  }

  private boolean isUsed(String name) {
    return usedParameters.contains(name) || usedInputs.contains(name);
  }

  /** Whether there is a parameter of a name. */
  public boolean hasParameter(String parameter) {
    return parameters.has(parameter);
  }

  /** A number among the parameters. */
  public double number(String parameter) {
    return required(parameter).doubleValue();
  }

  /** A parameter, or zero if it is not given. */
  public double numberOrZero(String parameter) {
    return parameters.has(parameter) ? number(parameter) : 0;
  }

  /** An integer among the parameters. */
  public int integer(String parameter) {
    return required(parameter).intValue();
  }

  /** Whether a parameter is given and true. */
  public boolean flag(String parameter) {
    return parameters.has(parameter) && required(parameter).asBoolean(false);
  }

  /** A parameter as text. */
  public String text(String parameter) {
    return required(parameter).asText();
  }

  /** Whether a parameter is a list. */
  public boolean isList(String parameter) {
    return required(parameter).isArray();
  }

  /** A list of integers among the parameters. */
  public int[] integers(String parameter) {
    return JsonArrays.ints(required(parameter));
  }

  /** A list of numbers among the parameters. */
  public double[] numbers(String parameter) {
    return JsonArrays.doubles(required(parameter));
  }

  private JsonNode required(String parameter) {
    JsonNode value = parameters.get(parameter);
    if (value == null) {
      throw missing("parameter", parameter, parameters.toString());
    }
    usedParameters.add(parameter);
    return value;
  }

  private UsageError missing(String kind, String wanted, String given) {
    return UsageError.in("golden " + file + " " + name)
        .because("there is no %s %s", kind, wanted)
        .value("given", given)
        .error();
  }

  /**
   * Uses a parameter that the computation does not read but presupposes.
   *
   * @throws UsageError if the case has another value
   */
  @CanIgnoreReturnValue
  public GoldenCase requires(String parameter, double value) {
    return requires(parameter, number(parameter) == value, value);
  }

  /**
   * Uses a parameter that the computation does not read but presupposes.
   *
   * @throws UsageError if the case has another value
   */
  @CanIgnoreReturnValue
  public GoldenCase requires(String parameter, String value) {
    return requires(parameter, text(parameter).equals(value), value);
  }

  private GoldenCase requires(String parameter, boolean holds, Object value) {
    if (!holds) {
      throw UsageError.in("golden " + file + " " + name)
          .because("the computation presupposes %s = %s", parameter, value)
          .value("given", text(parameter))
          .error();
    }
    return this;
  }

  /** The paths of all inputs. */
  public ImmutableSet<String> inputs() {
    return inputs.keySet();
  }

  /** Whether there is an input at a path. */
  public boolean hasInput(String path) {
    return inputs.containsKey(path);
  }

  /**
   * The input at a path.
   *
   * @throws UsageError if there is none
   */
  public Array input(String path) {
    Array array = inputs.get(path);
    if (array == null) {
      throw missing("input", path, inputs.keySet().toString());
    }
    usedInputs.add(path);
    return array;
  }

  /** An input as a constant. */
  public Expr constant(String path) {
    return Expr.constant(input(path));
  }

  /** A new variable that starts at an input. */
  public Expr variable(String path) {
    return Expr.variable(path, input(path));
  }

  /**
   * New variables that start at the inputs, by path. An input is used where its variable is got.
   */
  public Map<String, Expr> variables() {
    ImmutableMap<String, Expr> all =
        ImmutableMap.copyOf(
            Maps.transformEntries(inputs, (path, start) -> Expr.variable(path, start)));
    return new ForwardingMap<>() {
      @Override
      protected Map<String, Expr> delegate() {
        return all;
      }

      @Override
      public Expr get(Object path) {
        Expr variable = all.get(path);
        if (variable != null) {
          usedInputs.add((String) path);
        }
        return variable;
      }

      @Override
      public Collection<Expr> values() {
        usedInputs.addAll(all.keySet());
        return all.values();
      }

      @Override
      public Set<Map.Entry<String, Expr>> entrySet() {
        usedInputs.addAll(all.keySet());
        return all.entrySet();
      }
    };
  }

  /** The paths {@code prefix0, prefix1, ...} among the inputs. */
  public ImmutableList<String> numbered(String prefix) {
    return IntStream.iterate(0, i -> inputs.containsKey(prefix + i), i -> i + 1)
        .mapToObj(i -> prefix + i)
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * The names directly below a path of the expected values, for instance of arrays in {@code grad}.
   */
  public ImmutableList<String> expectedBelow(String path) {
    String prefix = path.isEmpty() ? "" : path + "/";
    return expected.keySet().stream()
        .filter(key -> key.startsWith(prefix))
        .map(key -> key.substring(prefix.length()).split("/", 2)[0])
        .distinct()
        .collect(ImmutableList.toImmutableList());
  }
}
