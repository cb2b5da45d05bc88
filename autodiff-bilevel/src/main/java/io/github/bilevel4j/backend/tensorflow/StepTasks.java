package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.CustomOp;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.proto.NodeDef;

/**
 * The operations of a step that run, as tasks: with the bytes and the time that follow from their
 * shapes. Each result of an operation but the first is a task of its own, which takes it out.
 */
final class StepTasks {
  private static final ImmutableSet<String> VIEWS = ImmutableSet.of("Reshape");

  /** What gives the array of its first input. An identity is what is fetched, and runs as it is. */
  private static final ImmutableSet<String> SHARING = ImmutableSet.of("Reshape", "Identity");

  private static final ImmutableSet<String> BRANCHING = ImmutableSet.of("Switch", "Merge");
  private static final ImmutableSet<String> STATE =
      ImmutableSet.of(
          "Const",
          "Placeholder",
          "VarHandleOp",
          "ReadVariableOp",
          "AssignVariableOp",
          "DestroyResourceOp");

  /** What a processor may do a second: only the ratio matters, for what is computed again. */
  private static final double OPERATIONS_A_SECOND = 2e11;

  private static final double BYTES_A_SECOND = 1e10;

  private final Graph graph;
  private final ImmutableMap<String, Expr> origins;

  /** The operations whose arrays are fetched: they are there until the host has them. */
  private final Set<String> held = new HashSet<>();

  private final List<NodeDef> nodes = new ArrayList<>();
  private final List<Integer> outputs = new ArrayList<>();
  private final Map<String, Integer> positions = new HashMap<>();
  private final List<Task> tasks = new ArrayList<>();

  /**
   * The tasks of a step that was lowered into a graph of its own.
   *
   * @param step in this graph
   */
  StepTasks(Graph graph, LoweredStep step) {
    this.graph = graph;
    this.origins = step.origins();
    step.fetches().values().forEach(fetch -> held.add(source(fetch.op().name(), graph)));
    List<NodeDef> all = graph.toGraphDef().getNodeList();
    Set<String> needed = needed(all, step.last().name(), names(step.placeholders().values()));
    for (NodeDef node : all) {
      if (needed.contains(node.getName())) {
        add(node, 0, task(node));
        GraphOperation operation = graph.operation(node.getName());
        for (int output = 1; output < operation.numOutputs(); output++) {
          add(node, output, part(positions.get(node.getName()), operation.output(output)));
        }
      }
    }
  }

  private static List<String> names(Collection<Output<?>> outputs) {
    return outputs.stream().map(output -> output.op().name()).toList();
  }

  /** The operation whose array is the result of another. */
  private static String source(String name, Graph graph) {
    GraphOperation operation = graph.operation(name);
    return SHARING.contains(operation.type())
        ? source(operation.input(0).op().name(), graph)
        : name;
  }

  List<Task> tasks() {
    return Collections.unmodifiableList(tasks);
  }

  NodeDef node(int task) {
    return nodes.get(task);
  }

  /** The number of the result of its operation that a task is: one further than the first, or 0. */
  int output(int task) {
    return outputs.get(task);
  }

  private void add(NodeDef node, int output, Task task) {
    positions.put(output == 0 ? node.getName() : node.getName() + ":" + output, tasks.size());
    nodes.add(node);
    outputs.add(output);
    tasks.add(task);
  }

  private static Set<String> needed(List<NodeDef> all, String last, Iterable<String> fed) {
    Map<String, NodeDef> byName = new HashMap<>();
    all.forEach(node -> byName.put(node.getName(), node));
    Set<String> needed = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(List.of(last));
    fed.forEach(open::add);
    while (!open.isEmpty()) {
      String name = open.pop();
      if (needed.add(name)) {
        byName.get(name).getInputList().forEach(input -> open.add(producer(input)));
      }
    }
    return needed;
  }

  /** The operation that an input of a node names: {@code name}, {@code name:1} or {@code ^name}. */
  static String producer(String input) {
    int start = isControl(input) ? 1 : 0;
    int colon = input.lastIndexOf(':');
    return input.substring(start, colon < 0 ? input.length() : colon);
  }

  static boolean isControl(String input) {
    return input.startsWith("^");
  }

  private Task task(NodeDef node) {
    ImmutableIntArray.Builder inputs = ImmutableIntArray.builder();
    ImmutableIntArray.Builder after = ImmutableIntArray.builder();
    for (String input : node.getInputList()) {
      if (isControl(input)) {
        after.add(positions.get(producer(input)));
      } else {
        inputs.add(positions.get(input));
      }
    }
    ImmutableIntArray read = inputs.build();
    GraphOperation operation = graph.operation(node.getName());
    Task.Kind kind = kind(node, read);
    boolean shared = SHARING.contains(node.getOp()) || node.getOp().equals("ReadVariableOp");
    long bytes = shared || operation.numOutputs() == 0 ? 0 : bytes(operation.output(0));
    long bytesRead = operation.inputs().stream().mapToLong(input -> bytes(input.asOutput())).sum();
    return new Task(
        kind,
        read,
        after.build(),
        bytes,
        scratch(operation),
        operations(operation) / OPERATIONS_A_SECOND + (bytes + bytesRead) / BYTES_A_SECOND);
  }

  private Task.Kind kind(NodeDef node, ImmutableIntArray inputs) {
    if (BRANCHING.contains(node.getOp())
        || inputs.stream().anyMatch(input -> isInBranch(tasks.get(input), nodes.get(input)))) {
      return Task.Kind.CONDITIONAL;
    }
    Expr origin = origins.get(node.getName());
    if (STATE.contains(node.getOp())
        || held.contains(node.getName())
        || (origin != null && origin.op() instanceof CustomOp)) {
      return Task.Kind.KEPT;
    }
    return VIEWS.contains(node.getOp()) ? Task.Kind.VIEW : Task.Kind.VALUE;
  }

  private static boolean isInBranch(Task task, NodeDef node) {
    return task.kind() == Task.Kind.CONDITIONAL && !node.getOp().equals("Merge");
  }

  /** A further result of an operation, which is held by itself. */
  private Task part(int whole, Output<?> result) {
    return new Task(
        tasks.get(whole).kind(),
        ImmutableIntArray.of(whole),
        ImmutableIntArray.of(),
        bytes(result),
        0,
        0);
  }

  /**
   * The bytes of a value; where TensorFlow does not know its shape, of the node it is made for.
   * Further results without a known shape are what a kernel notes for itself, on a processor
   * nothing.
   */
  private long bytes(Output<?> output) {
    long size = output.shape().size();
    if (size < 0) {
      Expr origin = origins.get(output.op().name());
      size = origin == null || output.index() > 0 ? 0 : origin.shape().size();
    }
    return size * Tensors.bytes(output.dataType());
  }

  /** Convolutions rearrange their filters. */
  private long scratch(GraphOperation operation) {
    return switch (operation.type()) {
      case "Conv2D", "Conv2DBackpropInput" -> 2 * bytes(operation.input(1));
      case "Conv2DBackpropFilter" -> bytes(operation.output(0));
      default -> 0;
    };
  }

  /** Multiplications and additions. */
  private static double operations(GraphOperation operation) {
    return switch (operation.type()) {
      case "Conv2D" -> convolution(operation.output(0), operation.input(1));
      case "Conv2DBackpropInput" -> convolution(operation.input(2), operation.input(1));
      case "Conv2DBackpropFilter" -> convolution(operation.input(2), operation.output(0));
      // For [m, k] and [k, n] the root of (m k) (k n) (m n).
      case "MatMul", "BatchMatMulV2" ->
          2
              * Math.sqrt(
                  elements(operation.input(0))
                      * elements(operation.input(1))
                      * elements(operation.output(0)));
      default -> 0;
    };
  }

  private static double convolution(Output<?> image, Output<?> filter) {
    return filter.shape().numDimensions() == 4 && filter.shape().get(3) > 0
        ? 2 * elements(image) * elements(filter) / filter.shape().get(3)
        : 0;
  }

  private static double elements(Operand<?> value) {
    return Math.max(0, value.asOutput().shape().size());
  }
}
