package io.github.bilevel4j.backend.tensorflow;

import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.tensorflow.GraphOperation;
import org.tensorflow.GraphOperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.Tensor;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TInt32;

/**
 * Lowers the expressions of one step: visits nodes in topological order and applies the rule of
 * each primitive. Nodes that differ only in their names are lowered once.
 */
final class Lowering {
  private final Nodes nodes;
  private final Precision precision;
  private final String scope;
  private final DeviceState state;
  private final Map<List<Object>, Expr> seen = new HashMap<>();
  private final Map<Expr, Expr> canonical = new HashMap<>();
  private final Map<Expr, Lowered> lowered = new HashMap<>();
  private final Map<Expr, Output<?>> values = new HashMap<>();
  private final Map<Lowered, Output<?>> casts = new HashMap<>();
  private final Map<Expr, Output<?>> factors = new HashMap<>();
  private final Map<Expr, Output<?>> indices = new HashMap<>();
  private final Map<List<Object>, Output<?>> orders = new HashMap<>();
  private final Map<ImmutableIntArray, Output<?>> shapes = new HashMap<>();
  private final Map<Integer, Output<?>> integers = new HashMap<>();
  private final Map<Double, Output<?>> scalars = new HashMap<>();
  private final Map<String, Expr> origins = new HashMap<>();
  private Expr current = Expr.constant(0);

  Lowering(Nodes nodes, Precision precision, String scope, DeviceState state) {
    this.nodes = nodes;
    this.precision = precision;
    this.scope = scope;
    this.state = state;
  }

  /** Lowers some expressions and all that they are built from. */
  void lower(Iterable<Expr> roots) {
    for (Expr node : Expr.nodesOf(roots)) {
      Expr first = firstAlike(node);
      canonical.put(node, first);
      if (first.equals(node)) {
        current = node;
        lowered.put(node, Rules.apply(node, this));
      }
    }
  }

  /** The node from which each operation, by its name, arose. */
  Map<String, Expr> origins() {
    return origins;
  }

  /** The device's state. */
  DeviceState state() {
    return state;
  }

  /** The type of real numbers. */
  DataType real() {
    return Tensors.type(precision);
  }

  /** What a node became, perhaps still to be broadcast. */
  Lowered lowered(Expr node) {
    return lowered.get(canonical.get(node));
  }

  /** A node's value as real numbers in its full shape. */
  Output<?> value(Expr node) {
    Expr key = canonical.get(node);
    Output<?> known = values.get(key);
    if (known == null) {
      Expr consumer = current;
      current = key;
      known = broadcast(numbers(lowered.get(key)), lowered.get(key).shape(), node.shape());
      current = consumer;
      values.put(key, known);
    }
    return known;
  }

  /** A node's value as an operand of a convolution, rounded if the precision says so. */
  Output<?> factor(Expr node) {
    if (precision != Precision.MIXED) {
      return value(node);
    }
    Expr key = canonical.get(node);
    Output<?> known = factors.get(key);
    if (known == null) {
      known = cast(value(node), DataType.DT_BFLOAT16);
      factors.put(key, known);
    }
    return known;
  }

  /** The result of a convolution of {@link #factor}s as real numbers. */
  Output<?> fromFactor(Output<?> result) {
    return precision == Precision.MIXED ? cast(result, real()) : result;
  }

  /** A lowered value as real numbers. */
  Output<?> numbers(Lowered value) {
    return value.mask()
        ? casts.computeIfAbsent(value, mask -> cast(mask.output(), real()))
        : value.output();
  }

  /** A lowered value as booleans: whether it is not zero. */
  Output<?> mask(Lowered value) {
    return value.mask() ? value.output() : op("NotEqual", value.output(), scalar(0));
  }

  /** A value stretched to a shape. */
  Output<?> broadcast(Output<?> value, Shape from, Shape to) {
    if (from.equals(to)) {
      return value;
    }
    return from.isScalar()
        ? op("Fill", ints(to.toArray()), value)
        : op("BroadcastTo", value, ints(to.toArray()));
  }

  /** A node's value rounded to whole numbers. */
  Output<?> index(Expr node) {
    Expr key = canonical.get(node);
    Output<?> known = indices.get(key);
    if (known == null) {
      known = cast(op("Round", value(node)), DataType.DT_INT32);
      indices.put(key, known);
    }
    return known;
  }

  Output<?> cast(Output<?> value, DataType type) {
    return op("Cast", builder -> builder.setAttr("DstT", type), value);
  }

  /** An operation with one output, without attributes. */
  Output<?> op(String type, Output<?>... inputs) {
    return op(type, builder -> {}, inputs);
  }

  /** An operation with one output. */
  Output<?> op(String type, Consumer<GraphOperationBuilder> attributes, Output<?>... inputs) {
    return nodes.add(type, name(type), attributes, List.of(inputs)).output(0);
  }

  /** An operation whose inputs the caller sets, in a list for instance. */
  GraphOperation operation(String type, Consumer<GraphOperationBuilder> contents) {
    return nodes.add(type, name(type), contents);
  }

  /** What another party's builder makes of the current node; its operations count as the node's. */
  Output<?> built(Function<Ops, Output<?>> builder) {
    String name = nodes.unique((scope + "." + current.op().label()).replace('/', '.'));
    Output<?> result = builder.apply(nodes.builder(name));
    nodes.counted(name, result).forEach(operation -> origins.put(operation, current));
    return result;
  }

  /** The positions of the first elements in sorted order along the last axis. */
  Output<?> order(Expr keys, boolean descending, int count, Supplier<Output<?>> computed) {
    return orders.computeIfAbsent(
        List.of(canonical.get(keys), descending, count), key -> computed.get());
  }

  /** A constant vector of whole numbers: a shape, axes, a permutation. */
  Output<?> ints(int... numbers) {
    return shapes.computeIfAbsent(
        ImmutableIntArray.copyOf(numbers),
        key -> {
          try (Tensor tensor = Tensors.ofInts(numbers)) {
            return constant(tensor);
          }
        });
  }

  /** A constant whole number. */
  Output<?> integer(int number) {
    return integers.computeIfAbsent(
        number,
        key -> {
          try (Tensor tensor = TInt32.scalarOf(number)) {
            return constant(tensor);
          }
        });
  }

  /** A constant real number. */
  Output<?> scalar(double number) {
    return scalars.computeIfAbsent(number, key -> constant(Array.scalar(number)));
  }

  /** A constant array. */
  Output<?> constant(Array array) {
    try (Tensor tensor = Tensors.of(array, precision)) {
      return constant(tensor);
    }
  }

  /** A constant of any type; the tensor stays the caller's. */
  Output<?> constant(Tensor tensor) {
    return op(
        "Const", builder -> builder.setAttr("dtype", tensor.dataType()).setAttr("value", tensor));
  }

  private Expr firstAlike(Expr node) {
    List<Object> key = new ArrayList<>();
    Op op = node.op();
    // Hashing a large constant array costs more than finding two equal ones can save.
    key.add(op instanceof Leaf.Constant ? node : op);
    node.inputs().forEach(input -> key.add(canonical.get(input)));
    return seen.computeIfAbsent(key, k -> node);
  }

  private String name(String type) {
    String part = current.op() instanceof Leaf.Constant ? "" : current.name();
    String name = nodes.unique(scope + (part.isEmpty() ? "/" : "/" + part + "/") + type);
    origins.put(name, current);
    return name;
  }
}
