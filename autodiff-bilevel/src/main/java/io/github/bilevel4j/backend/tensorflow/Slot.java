package io.github.bilevel4j.backend.tensorflow;

import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.op.Leaf;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/**
 * A resource on the device that holds one array, with the operations by which the host sets and
 * reads it.
 */
record Slot(Output<?> handle, Output<?> newValue, GraphOperation assign, Output<?> read) {

  /** A new resource for a variable or constant, still without a value. */
  static Slot of(Leaf leaf, Nodes nodes, Precision precision) {
    String label = leaf instanceof Leaf.Variable ? leaf.label() : "constant";
    String name = nodes.unique("state/" + label);
    DataType type = DeviceState.type(leaf, Tensors.type(precision));
    org.tensorflow.ndarray.Shape shape = Tensors.shape(leaf.shape());
    Output<?> handle = handle(leaf, nodes, name, name, precision);
    Output<?> newValue =
        nodes
            .add(
                "Placeholder",
                nodes.unique(name + "/value"),
                builder -> builder.setAttr("dtype", type).setAttr("shape", shape))
            .output(0);
    GraphOperation assign =
        nodes.add(
            "AssignVariableOp",
            nodes.unique(name + "/assign"),
            builder -> {},
            List.of(handle, newValue));
    Output<?> read =
        nodes
            .add(
                "ReadVariableOp",
                nodes.unique(name + "/read"),
                builder -> builder.setAttr("dtype", type),
                List.of(handle))
            .output(0);
    return new Slot(handle, newValue, assign, read);
  }

  /** The same resources in another graph, each by one operation there. */
  static Handles copies(Handles originals, Nodes nodes, Precision precision) {
    Map<Leaf, Output<?>> copies = new HashMap<>();
    return leaf ->
        copies.computeIfAbsent(
            leaf,
            key -> {
              String name = originals.handle(key).op().name();
              return handle(key, nodes, nodes.unique(name), name, precision);
            });
  }

  private static Output<?> handle(
      Leaf leaf, Nodes nodes, String name, String resource, Precision precision) {
    return nodes
        .add(
            "VarHandleOp",
            name,
            builder ->
                builder
                    .setAttr("dtype", DeviceState.type(leaf, Tensors.type(precision)))
                    .setAttr("shape", Tensors.shape(leaf.shape()))
                    .setAttr("shared_name", resource))
        .output(0);
  }

  /** A new operation that frees the resource. */
  GraphOperation destroy(Nodes nodes) {
    return nodes.add(
        "DestroyResourceOp", nodes.unique("state/destroy"), builder -> {}, List.of(handle));
  }
}
