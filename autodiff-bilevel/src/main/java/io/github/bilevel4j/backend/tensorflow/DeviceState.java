package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Lists;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Mistake;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;

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

  /** The operations of one variable. */
  private record Slot(
      Output<?> handle, Output<?> newValue, GraphOperation assign, Output<?> read) {}

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
    Map<Leaf, Array> chunk = new LinkedHashMap<>();
    long bytes = 0;
    for (Leaf leaf : leaves) {
      if (slots.containsKey(leaf) || chunk.containsKey(leaf)) {
        continue;
      }
      long size = leaf.shape().size() * precision.bytes();
      if (bytes + size > CHUNK_BYTES) {
        assign(chunk);
        chunk.clear();
        bytes = 0;
      }
      chunk.put(leaf, firstValue(leaf));
      bytes += size;
    }
    assign(chunk);
  }

  /** The present values of variables, which are created if they do not exist yet. */
  ImmutableMap<Expr, Array> read(Iterable<Expr> variables) {
    List<Expr> list = Lists.newArrayList(variables);
    List<Leaf> leaves = Lists.transform(list, variable -> variable("read", variable));
    create(leaves);
    Map<Leaf, Array> values = new HashMap<>();
    for (List<Leaf> chunk : chunks(new ArrayList<>(new java.util.LinkedHashSet<>(leaves)))) {
      fetch(chunk, values);
    }
    ImmutableMap.Builder<Expr, Array> result = ImmutableMap.builder();
    list.forEach(variable -> result.put(variable, values.get(variable("read", variable))));
    return result.buildKeepingLast();
  }

  /** Sets variables, which are created if they do not exist yet. */
  void write(Map<Expr, Array> values) {
    Map<Leaf, Array> byLeaf = new LinkedHashMap<>();
    values.forEach(
        (variable, value) -> {
          requireShape("write", variable, variable.shape(), value.shape());
          byLeaf.put(variable("write", variable), value);
        });
    for (List<Leaf> chunk : chunks(new ArrayList<>(byLeaf.keySet()))) {
      Map<Leaf, Array> part = new LinkedHashMap<>();
      chunk.forEach(leaf -> part.put(leaf, byLeaf.get(leaf)));
      assign(part);
    }
  }

  private List<List<Leaf>> chunks(List<Leaf> leaves) {
    List<List<Leaf>> chunks = new ArrayList<>();
    long bytes = Long.MAX_VALUE;
    for (Leaf leaf : leaves) {
      long size = leaf.shape().size() * precision.bytes();
      if (bytes > CHUNK_BYTES - size) {
        chunks.add(new ArrayList<>());
        bytes = 0;
      }
      chunks.get(chunks.size() - 1).add(leaf);
      bytes += size;
    }
    return chunks;
  }

  private void assign(Map<Leaf, Array> values) {
    if (values.isEmpty()) {
      return;
    }
    Session.Runner runner = session.runner();
    List<Tensor> tensors = new ArrayList<>();
    try {
      values.forEach(
          (leaf, value) -> {
            Tensor tensor = Tensors.of(value, precision);
            tensors.add(tensor);
            Slot slot = slots.computeIfAbsent(leaf, this::newSlot);
            runner.feed(slot.newValue(), tensor).addTarget(slot.assign());
          });
      runner.run().close();
    } finally {
      tensors.forEach(Tensor::close);
    }
  }

  private void fetch(List<Leaf> leaves, Map<Leaf, Array> values) {
    Session.Runner runner = session.runner();
    leaves.forEach(leaf -> runner.fetch(slot(leaf).read()));
    try (Result result = runner.run()) {
      for (int i = 0; i < leaves.size(); i++) {
        values.put(leaves.get(i), Tensors.array(result.get(i)));
      }
    }
  }

  private Slot slot(Leaf leaf) {
    return Objects.requireNonNull(slots.get(leaf));
  }

  private Slot newSlot(Leaf leaf) {
    String label = leaf instanceof Leaf.Variable ? leaf.label() : "constant";
    String name = nodes.unique("state/" + label);
    org.tensorflow.ndarray.Shape shape = Tensors.shape(leaf.shape());
    Output<?> handle =
        nodes
            .add(
                "VarHandleOp",
                name,
                builder ->
                    builder
                        .setAttr("dtype", Tensors.type(precision))
                        .setAttr("shape", shape)
                        .setAttr("shared_name", name))
            .output(0);
    Output<?> newValue =
        nodes
            .add(
                "Placeholder",
                nodes.unique(name + "/value"),
                builder ->
                    builder.setAttr("dtype", Tensors.type(precision)).setAttr("shape", shape))
            .output(0);
    GraphOperation assign =
        nodes.add(
            "AssignVariableOp",
            nodes.unique(name + "/assign"),
            builder -> builder.addInput(handle).addInput(newValue));
    Output<?> read =
        nodes
            .add(
                "ReadVariableOp",
                nodes.unique(name + "/read"),
                builder ->
                    builder.addInput(handle).setAttr("dtype", Tensors.type(precision)))
            .output(0);
    return new Slot(handle, newValue, assign, read);
  }

  private static Array firstValue(Leaf leaf) {
    if (leaf instanceof Leaf.Constant constant) {
      return constant.value();
    }
    Leaf.Variable variable = (Leaf.Variable) leaf;
    Array value = variable.initializer().values(variable.shape());
    if (!value.shape().equals(variable.shape())) {
      throw Mistake.in("initialize")
          .because("the initializer gave another shape than it was asked for")
          .row("variable", variable.label(), variable.shape().toString())
          .row("value", "", value.shape().toString())
          .maybe("the initializer ignores its argument.");
    }
    return value;
  }

  private static void requireShape(String operation, Expr variable, Shape shape, Shape given) {
    if (!shape.equals(given)) {
      throw Mistake.in(operation)
          .because("the shapes of variable and value differ")
          .row("variable", variable.label(), shape.toString())
          .row("value", "", given.toString())
          .maybe("the value belongs to another variable or another configuration.");
    }
  }

  private static Leaf.Variable variable(String operation, Expr expression) {
    if (expression.op() instanceof Leaf.Variable variable) {
      return variable;
    }
    throw Mistake.in(operation)
        .because("the expression is not a variable")
        .row("expression", expression.label(), expression.shape().toString())
        .maybe("it should be an output of a step.");
  }
}
