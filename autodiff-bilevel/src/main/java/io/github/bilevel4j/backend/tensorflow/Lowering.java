package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.autodiff.DistinctNodes;
import io.github.bilevel4j.autodiff.Guards.Guard;
import io.github.bilevel4j.autodiff.Messages;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.ArgMax;
import io.github.bilevel4j.op.Gather;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.OneHot;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.ScatterAdd;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
 * each primitive. Nodes that differ only in their names are lowered once, and sums over replicas
 * that are one message together.
 *
 * <p>What only a branch of a condition uses is lowered apart, see {@link Branch}. In single
 * precision, indices whose {@link WholeNumbers} may leave it are lowered a second time, in double
 * precision.
 */
class Lowering {
  private final Nodes nodes;
  private final Precision precision;
  private final String scope;
  private final Handles state;
  private final Replication.InStep replication;
  private final Map<Expr, Lowered> lowered = new HashMap<>();
  private final Map<Expr, Output<?>> values = new HashMap<>();
  private final Map<Lowered, Output<?>> casts = new HashMap<>();
  private final Map<Expr, Output<?>> factors = new HashMap<>();
  private final Map<List<Object>, Output<?>> indices = new HashMap<>();
  private final Map<List<Object>, Output<?>> orders = new HashMap<>();
  private final Map<List<Object>, GraphOperation> shared = new HashMap<>();
  private final Map<ImmutableIntArray, Output<?>> shapes = new HashMap<>();
  private final Map<Integer, Output<?>> integers = new HashMap<>();
  private final Map<Double, Output<?>> scalars = new HashMap<>();
  private final Map<String, Expr> origins;
  private final WholeNumbers wholeNumbers = new WholeNumbers();
  private final Set<Op> wideInputs = new HashSet<>();
  private final Map<Expr, Output<?>> placeholders = new HashMap<>();
  private final Map<Guard, Branch> branches = new HashMap<>();
  private DistinctNodes distinct = DistinctNodes.of(List.of());
  private Messages messages = Messages.of(distinct, sum -> false);
  private Optional<Wide> wide = Optional.empty();
  private Expr current = Expr.constant(0);

  Lowering(
      Nodes nodes,
      Precision precision,
      String scope,
      Handles state,
      Replication.InStep replication) {
    this(nodes, precision, scope, state, replication, new HashMap<>());
  }

  private Lowering(
      Nodes nodes,
      Precision precision,
      String scope,
      Handles state,
      Replication.InStep replication,
      Map<String, Expr> origins) {
    this.nodes = nodes;
    this.precision = precision;
    this.scope = scope;
    this.state = state;
    this.replication = replication;
    this.origins = origins;
  }

  /** Lowers some expressions and all that they are built from. */
  void lower(Iterable<Expr> roots) {
    if (precision != Precision.FLOAT64) {
      wideInputs.addAll(wideInputs(roots));
    }
    distinct = DistinctNodes.of(roots);
    messages = Messages.of(distinct, replication::communicates);
    for (Expr node : messages.order()) {
      Lowering place = this;
      for (Guard guard : distinct.guards().of(node)) {
        if (replication.communicates(node)) {
          replication.requireEqual(node, guard.predicate());
        }
        place = place.branch(guard);
      }
      place.current = node;
      place.lowered.put(node, Rules.apply(node, place));
    }
  }

  /** The lowering of what is used in a branch only, and computed only if it is chosen. */
  Branch branch(Guard guard) {
    Branch known = branches.get(guard);
    if (known == null) {
      known = new Branch(this, guard);
      branches.put(guard, known);
    }
    return known;
  }

  /** The node from which each operation, by its name, arose. */
  Map<String, Expr> origins() {
    return origins;
  }

  /** The device's state. */
  Handles state() {
    return state;
  }

  /** The replicas, and what differs between them. */
  Replication.InStep replication() {
    return replication;
  }

  /** The sums over replicas that one message makes, of which one is given. */
  ImmutableList<Expr> message(Expr sum) {
    return messages.with(sum);
  }

  /** The type of real numbers. */
  DataType real() {
    return Tensors.type(precision);
  }

  /** The node that stands for all those that differ from it in names only. */
  Expr first(Expr node) {
    return distinct.first(node);
  }

  /** What a node became, perhaps still to be broadcast. */
  Lowered lowered(Expr node) {
    return lowered.get(first(node));
  }

  /** A node's value as real numbers in its full shape. */
  Output<?> value(Expr node) {
    Expr key = first(node);
    Output<?> known = values.get(key);
    if (known == null) {
      Expr consumer = current;
      current = key;
      known = broadcast(numbers(lowered(key)), lowered(key).shape(), node.shape());
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
    Lowered carried = lowered(node);
    if (carried.isRounded() && carried.shape().equals(node.shape())) {
      return carried.output();
    }
    Expr key = first(node);
    Output<?> known = factors.get(key);
    if (known == null) {
      known = cast(value(node), DataType.DT_BFLOAT16);
      factors.put(key, known);
    }
    return known;
  }

  /** A node's value as a variable holds it. */
  Output<?> assigned(Leaf.Variable variable, Expr node) {
    if (variable.isKept() && lowered(node).isRounded()) {
      state.round(variable);
    }
    return state.type(variable) == DataType.DT_BFLOAT16 ? factor(node) : value(node);
  }

  /** A {@link #factor} as real numbers. */
  Output<?> fromFactor(Output<?> result) {
    return precision == Precision.MIXED ? cast(result, real()) : result;
  }

  /** Whether some values are all carried rounded, so that what is made of them may be. */
  boolean areRounded(List<Expr> nodes) {
    return nodes.stream().allMatch(node -> lowered(node).isRounded());
  }

  /** A lowered value as real numbers. */
  Output<?> numbers(Lowered value) {
    return value.mask() || value.isRounded()
        ? casts.computeIfAbsent(value, other -> cast(other.output(), real()))
        : value.output();
  }

  /** A lowered value in bfloat16. */
  Output<?> rounded(Lowered value) {
    return value.isRounded() ? value.output() : cast(numbers(value), DataType.DT_BFLOAT16);
  }

  /** A lowered value as booleans: whether it is not zero. */
  Output<?> mask(Lowered value) {
    return value.mask() ? value.output() : op("NotEqual", numbers(value), scalar(0));
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

  /** A node's value rounded to whole numbers, each of them one of so many, or the run fails. */
  Output<?> index(Expr node, int count) {
    return index(node, count, wholeNumbers.areWithin(first(node), count), false);
  }

  /** A node's values, each of them a whole number and one of so many, or the run fails. */
  Output<?> label(Expr node, int count) {
    return index(node, count, node.op() instanceof ArgMax, true);
  }

  private Output<?> index(Expr node, int count, boolean safe, boolean whole) {
    List<Object> key = List.of(first(node), count, whole);
    Output<?> known = indices.get(key);
    if (known == null) {
      ImmutableList<Expr> wideNodes = wideNodes(first(node));
      boolean narrow = wideNodes.isEmpty();
      Output<?> number = narrow ? value(node) : wide().valueOf(first(node), wideNodes);
      Output<?> rounded = op("Round", number);
      known =
          cast(
              safe ? rounded : existing(number, rounded, count, whole),
              narrow ? DataType.DT_INT32 : DataType.DT_INT64);
      indices.put(key, known);
    }
    return known;
  }

  /** Rounded numbers that are among so many. A GPU does not check that: it takes zeros. */
  private Output<?> existing(Output<?> number, Output<?> rounded, int count, boolean whole) {
    DataType type = number.dataType();
    Output<?> inside =
        op(
            "LogicalAnd",
            op("GreaterEqual", rounded, scalar(0, type)),
            op("LessEqual", rounded, scalar(count - 1.0, type)));
    Output<?> error = op("Abs", op("Sub", number, rounded));
    Output<?> exists =
        whole
            ? op("LogicalAnd", inside, op("LessEqual", error, scalar(OneHot.ROUNDING, type)))
            : inside;
    return op(
        "CheckNumerics",
        builder -> builder.setAttr("message", "no such index"),
        op("SelectV2", exists, rounded, scalar(Double.NaN, type)));
  }

  /** A node's value as it is handed to the host: exact if it is the position of a maximum. */
  Output<?> result(Expr node) {
    ImmutableList<Expr> wideNodes =
        node.op() instanceof ArgMax ? wideNodes(first(node)) : ImmutableList.of();
    return wideNodes.isEmpty() ? value(node) : wide().valueOf(first(node), wideNodes);
  }

  /** A node's value in the engine's precision, also where an index is lowered in a wider one. */
  Output<?> narrow(Expr node) {
    return value(node);
  }

  /** Where an input is fed; those that indices are computed from are fed in double precision. */
  Output<?> placeholder(Expr input) {
    return placeholders.computeIfAbsent(
        first(input),
        key ->
            op(
                "Placeholder",
                builder ->
                    builder
                        .setAttr("dtype", inputType((Leaf.Input) key.op()))
                        .setAttr("shape", Tensors.shape(key.shape()))));
  }

  private DataType inputType(Leaf.Input input) {
    if (input.ofSamples()) {
      return DataType.DT_UINT8;
    }
    return isWideInput(input) ? DataType.DT_DOUBLE : real();
  }

  /** Bytes as fractions of 255. */
  Output<?> fractions(Output<?> bytes) {
    return op("RealDiv", cast(bytes, real()), scalar(255));
  }

  private Wide wide() {
    if (wide.isEmpty()) {
      wide = Optional.of(new Wide(this));
    }
    return wide.get();
  }

  /** Whether an input is fed in double precision. */
  boolean isWideInput(Op op) {
    return wideInputs.contains(op);
  }

  private ImmutableList<Expr> wideNodes(Expr index) {
    return precision == Precision.FLOAT64 ? ImmutableList.of() : wholeNumbers.wideNodes(index);
  }

  private Set<Op> wideInputs(Iterable<Expr> roots) {
    Set<Op> inputs = new HashSet<>();
    for (Expr node : Expr.nodesOf(roots)) {
      Op op = node.op();
      if (op instanceof Gather || op instanceof ScatterAdd || op instanceof OneHot) {
        for (Expr part : wideNodes(Iterables.getLast(node.inputs()))) {
          if (part.op() instanceof Leaf.Input input && !input.ofSamples()) {
            inputs.add(part.op());
          }
        }
      }
    }
    return inputs;
  }

  /** A value with infinity in place of what is not a number. */
  Output<?> notANumberAsInfinite(Output<?> value) {
    return op(
        "SelectV2", op("IsNan", value), scalar(Double.POSITIVE_INFINITY, value.dataType()), value);
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
    return orders.computeIfAbsent(List.of(first(keys), descending, count), key -> computed.get());
  }

  /** The one operation for all primitives of a kind on the same inputs. */
  GraphOperation shared(Op kind, Expr node, Supplier<GraphOperation> added) {
    List<Object> key = new ArrayList<>(List.of(kind));
    node.inputs().forEach(input -> key.add(first(input)));
    return shared.computeIfAbsent(key, k -> added.get());
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

  /** A constant real number of a type, which is that of narrow or of wide numbers. */
  private Output<?> scalar(double number, DataType type) {
    if (type == real()) {
      return scalar(number);
    }
    Precision other = type == DataType.DT_DOUBLE ? Precision.FLOAT64 : Precision.FLOAT32;
    try (Tensor tensor = Tensors.of(Array.scalar(number), other)) {
      return constant(tensor);
    }
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

  private String name(String type) {
    String part = current.op() instanceof Leaf.Constant ? "" : current.name();
    String name = nodes.unique(scope + (part.isEmpty() ? "/" : "/" + part + "/") + type);
    origins.put(name, current);
    return name;
  }

  /**
   * The lowering of one branch. What comes from outside passes a switch, which hands it on only if
   * the branch is chosen; an operation does not run without its operands.
   */
  static final class Branch extends Lowering {
    private final Lowering outside;
    private final Guard guard;

    private Branch(Lowering outside, Guard guard) {
      super(
          outside.nodes,
          outside.precision,
          outside.scope,
          outside.state,
          outside.replication,
          outside.origins);
      this.outside = outside;
      this.guard = guard;
    }

    @Override
    Expr first(Expr node) {
      return outside.first(node);
    }

    @Override
    Lowered lowered(Expr node) {
      Expr key = first(node);
      Lowered known = super.lowered.get(key);
      if (known == null) {
        Lowered value = outside.lowered(key);
        known = new Lowered(switched(value.output()), value.shape(), value.mask());
        super.lowered.put(key, known);
      }
      return known;
    }

    /** A value, if the branch is chosen. */
    Output<?> switched(Output<?> value) {
      Output<?> predicate = outside.mask(outside.lowered(guard.predicate()));
      return operation("Switch", builder -> builder.addInput(value).addInput(predicate))
          .output(guard.holds() ? 1 : 0);
    }

    @Override
    ImmutableList<Expr> message(Expr sum) {
      return outside.message(sum);
    }

    @Override
    Output<?> placeholder(Expr input) {
      return outside.placeholder(input);
    }

    @Override
    boolean isWideInput(Op op) {
      return outside.isWideInput(op);
    }
  }

  /** The second lowering of what indices are computed from. */
  private static final class Wide extends Lowering {
    private final Lowering narrow;
    private final Map<Expr, Lowered> widened = new HashMap<>();

    Wide(Lowering narrow) {
      super(
          narrow.nodes,
          Precision.FLOAT64,
          narrow.scope,
          narrow.state,
          narrow.replication,
          narrow.origins);
      this.narrow = narrow;
    }

    /** The value of an index, all of whose wide nodes are given, inputs first. */
    Output<?> valueOf(Expr index, List<Expr> wideNodes) {
      for (Expr node : wideNodes) {
        if (!(node.op() instanceof Leaf) && !widened.containsKey(first(node))) {
          super.current = node;
          widened.put(first(node), Rules.apply(node, this));
        }
      }
      return value(index);
    }

    @Override
    Expr first(Expr node) {
      return narrow.first(node);
    }

    @Override
    Lowered lowered(Expr node) {
      Expr key = first(node);
      Lowered known = widened.get(key);
      if (known == null) {
        known = fromNarrow(key);
        widened.put(key, known);
      }
      return known;
    }

    private Lowered fromNarrow(Expr node) {
      if (node.op() instanceof Leaf.Constant constant) {
        return Lowered.of(constant(constant.value()), node.shape());
      }
      if (narrow.isWideInput(node.op())) {
        return Lowered.of(narrow.placeholder(node), node.shape());
      }
      Lowered value = narrow.lowered(node);
      return value.mask()
          ? value
          : Lowered.of(cast(value.output(), DataType.DT_DOUBLE), value.shape());
    }

    @Override
    Output<?> index(Expr node, int count) {
      return narrow.index(node, count);
    }

    @Override
    Output<?> label(Expr node, int count) {
      return narrow.label(node, count);
    }

    @Override
    Output<?> narrow(Expr node) {
      return narrow.value(node);
    }
  }
}
