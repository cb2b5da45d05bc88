package io.github.bilevel4j.backend.tensorflow;

import com.google.common.base.CharMatcher;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.GraphOperationBuilder;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.GraphDef;

/** Adds operations to the engine's graph under unique names that a profile can show. */
final class Nodes {
  private static final CharMatcher NAME =
      CharMatcher.inRange('a', 'z')
          .or(CharMatcher.inRange('A', 'Z'))
          .or(CharMatcher.inRange('0', '9'))
          .or(CharMatcher.anyOf("._-/"));
  private static final CharMatcher FIRST = NAME.and(CharMatcher.anyOf("_-/").negate());

  private final Graph graph;
  private final Optional<DeviceSpec> device;
  private final Map<String, Integer> used;
  private int count;

  Nodes(Graph graph, Optional<DeviceSpec> device) {
    this(graph, device, new HashMap<>());
  }

  private Nodes(Graph graph, Optional<DeviceSpec> device, Map<String, Integer> used) {
    this.graph = graph;
    this.device = device;
    this.used = used;
  }

  /** For another graph, under names that no operation of this one has or will have. */
  Nodes in(Graph other) {
    return new Nodes(other, device, used);
  }

  /** Takes over operations from another graph. */
  void add(GraphDef operations) {
    graph.importGraphDef(operations);
    count += operations.getNodeCount();
  }

  /** An operation of the graph. */
  GraphOperation get(String name) {
    return graph.operation(name);
  }

  /** Number of operations added so far. */
  int count() {
    return count;
  }

  /** A name that TensorFlow accepts and that was not given out before. */
  String unique(String wanted) {
    String clean = NAME.negate().collapseFrom(wanted, '_');
    if (clean.isEmpty() || !FIRST.matches(clean.charAt(0))) {
      clean = "n" + clean;
    }
    Integer previous = used.merge(clean, 1, Integer::sum);
    return previous == 1 ? clean : unique(clean + "_" + (previous - 1));
  }

  /** Adds an operation; the name must be from {@link #unique}. */
  GraphOperation add(
      String type,
      String name,
      Consumer<GraphOperationBuilder> attributes,
      List<? extends Output<?>> inputs) {
    return add(
        type,
        name,
        builder -> {
          inputs.forEach(builder::addInput);
          attributes.accept(builder);
        });
  }

  /** Adds an operation whose inputs the caller sets. */
  GraphOperation add(String type, String name, Consumer<GraphOperationBuilder> contents) {
    GraphOperationBuilder builder = graph.opBuilder(type, name, graph.baseScope());
    contents.accept(builder);
    device.ifPresent(placed -> builder.setDevice(placed.toString()));
    count++;
    return builder.build();
  }

  /** A builder for others, whose operations get names within one from {@link #unique}. */
  Ops builder(String name) {
    Ops builder = Ops.create(graph).withSubScope(name);
    return device.map(builder::withDevice).orElse(builder);
  }

  /** Counts the operations within a {@link #builder}'s name that a result needs: their names. */
  Set<String> counted(String name, Output<?> result) {
    Set<String> names = new HashSet<>();
    Deque<Operation> open = new ArrayDeque<>(List.of(result.op()));
    while (!open.isEmpty()) {
      Operation operation = open.pop();
      if (operation.name().startsWith(name + "/") && names.add(operation.name())) {
        ((GraphOperation) operation).inputs().forEach(input -> open.push(input.asOutput().op()));
      }
    }
    count += names.size();
    return names;
  }

  /** Adds an operation that does nothing but run after others. */
  GraphOperation after(String name, Iterable<? extends Operation> operations) {
    return add("NoOp", name, builder -> operations.forEach(builder::addControlInput));
  }
}
