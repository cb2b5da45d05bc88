package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.common.collect.Maps;
import com.google.common.collect.Streams;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.tensorflow.Output;
import org.tensorflow.Session;

/**
 * What stays on the device between runs: the variables, and constants too large for the graph, of
 * which every compiled step would hold a copy.
 */
final class DeviceState {
  /** Constants of more elements than this are kept as state. */
  private static final int LARGEST_CONSTANT = 1 << 14;

  /** Bytes sent to the device at once, so that the host never holds two copies of everything. */
  private static final long CHUNK_BYTES = 64L << 20;

  private final Nodes nodes;
  private final Session session;
  private final Precision precision;
  private final Map<Leaf, Slot> slots = new HashMap<>();

  DeviceState(Nodes nodes, Session session, Precision precision) {
    this.nodes = nodes;
    this.session = session;
    this.precision = precision;
  }

  /** Whether a leaf is kept as state. */
  static boolean keeps(Leaf leaf) {
    return leaf instanceof Leaf.Variable
        || (leaf instanceof Leaf.Constant constant && constant.value().size() > LARGEST_CONSTANT);
  }

  /** The resource of a leaf that is kept. */
  Output<?> handle(Leaf leaf) {
    return slot(leaf).handle();
  }

  /** Creates those leaves that do not exist yet and sets them to their first values. */
  void create(Iterable<? extends Leaf> leaves) {
    ImmutableSet<Leaf> missing =
        ImmutableSet.copyOf(Iterables.filter(leaves, leaf -> !slots.containsKey(leaf)));
    for (List<Leaf> chunk : chunks(missing)) {
      assign(Maps.toMap(chunk, DeviceState::firstValue));
    }
  }

  /** The present values of variables, which are created if they do not exist yet. */
  ImmutableMap<Expr, Array> read(Iterable<Expr> variables) {
    ImmutableSet<Leaf> leaves =
        ImmutableSet.copyOf(Iterables.transform(variables, each -> variable("read", each)));
    create(leaves);
    Map<Leaf, Array> values = new HashMap<>();
    for (List<Leaf> chunk : chunks(leaves)) {
      Streams.forEachPair(chunk.stream(), fetch(chunk).stream(), values::put);
    }
    return Maps.toMap(variables, each -> values.get((Leaf) each.op()));
  }

  /** Sets variables, which are created if they do not exist yet. */
  void write(Map<Expr, Array> values) {
    Map<Leaf, Array> byLeaf = new LinkedHashMap<>();
    values.forEach((variable, value) -> byLeaf.put(fitting(variable, value), value));
    for (List<Leaf> chunk : chunks(byLeaf.keySet())) {
      assign(Maps.toMap(chunk, byLeaf::get));
    }
  }

  private List<List<Leaf>> chunks(Iterable<Leaf> leaves) {
    List<List<Leaf>> chunks = new ArrayList<>();
    long bytes = CHUNK_BYTES;
    for (Leaf leaf : leaves) {
      long size = leaf.shape().size() * precision.bytes();
      if (bytes + size > CHUNK_BYTES) {
        chunks.add(new ArrayList<>());
        bytes = 0;
      }
      Iterables.getLast(chunks).add(leaf);
      bytes += size;
    }
    return chunks;
  }

  /** A leaf exists from its first successful assignment on. */
  private void assign(Map<Leaf, Array> values) {
    Map<Leaf, Slot> created = new HashMap<>();
    try (DeviceCall call = new DeviceCall("write", session, precision, false)) {
      values.forEach(
          (leaf, value) -> {
            Slot slot = slots.get(leaf);
            if (slot == null) {
              slot = Slot.of(leaf, nodes, precision);
              created.put(leaf, slot);
            }
            call.feed(slot.newValue(), value);
            call.execute(slot.assign());
          });
      call.run(ImmutableMap.of());
    }
    slots.putAll(created);
  }

  private List<Array> fetch(List<Leaf> leaves) {
    try (DeviceCall call = new DeviceCall("read", session, precision, false)) {
      leaves.forEach(leaf -> call.fetch(slot(leaf).read()));
      return call.run(ImmutableMap.of());
    }
  }

  private Slot slot(Leaf leaf) {
    return Objects.requireNonNull(slots.get(leaf));
  }

  private static Array firstValue(Leaf leaf) {
    if (leaf instanceof Leaf.Constant constant) {
      return constant.value();
    }
    Leaf.Variable variable = (Leaf.Variable) leaf;
    Array value = variable.initializer().values(variable.shape());
    if (!value.shape().equals(variable.shape())) {
      throw UsageError.in("initialize")
          .because("the initializer gave another shape than it was asked for")
          .row("variable", variable.label(), variable.shape().toString())
          .row("value", "", value.shape().toString())
          .maybe("the initializer ignores its argument.");
    }
    return value;
  }

  /** The variable, if the value has its shape. */
  private static Leaf fitting(Expr expression, Array value) {
    Leaf variable = variable("write", expression);
    if (!variable.shape().equals(value.shape())) {
      throw UsageError.in("write")
          .because("the shapes of variable and value differ")
          .row("variable", expression.label(), variable.shape().toString())
          .row("value", "", value.shape().toString())
          .maybe("the value belongs to another variable or another configuration.");
    }
    return variable;
  }

  private static Leaf variable(String operation, Expr expression) {
    if (expression.op() instanceof Leaf.Variable variable) {
      return variable;
    }
    throw UsageError.in(operation)
        .because("the expression is not a variable")
        .row("expression", expression.label(), expression.shape().toString())
        .maybe("it should be an output of a step.");
  }
}
