package io.github.bilevel4j.backend.tensorflow;

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

  /**
   * A new resource for a variable or constant, still without a value.
   *
   * @param type of the numbers in it
   * @param hostType of those that the host sends and gets
   */
  static Slot of(Leaf leaf, Nodes nodes, DataType type, DataType hostType) {
    String label = leaf instanceof Leaf.Variable ? leaf.label() : "constant";
    String name = nodes.unique("state/" + label);
    org.tensorflow.ndarray.Shape shape = Tensors.shape(leaf.shape());
    Output<?> handle = handle(leaf, nodes, name, name, type);
    Output<?> newValue =
        nodes
            .add(
                "Placeholder",
                nodes.unique(name + "/value"),
                builder -> builder.setAttr("dtype", hostType).setAttr("shape", shape))
            .output(0);
    GraphOperation assign =
        nodes.add(
            "AssignVariableOp",
            nodes.unique(name + "/assign"),
            builder -> {},
            List.of(handle, cast(newValue, type, name, nodes)));
    Output<?> read =
        nodes
            .add(
                "ReadVariableOp",
                nodes.unique(name + "/read"),
                builder -> builder.setAttr("dtype", type),
                List.of(handle))
            .output(0);
    return new Slot(handle, newValue, assign, cast(read, hostType, name, nodes));
  }

  private static Output<?> cast(Output<?> value, DataType type, String name, Nodes nodes) {
    return value.dataType() == type
        ? value
        : nodes
            .add(
                "Cast",
                nodes.unique(name + "/cast"),
                builder -> builder.setAttr("DstT", type),
                List.of(value))
            .output(0);
  }

  /** The same resources in another graph, each by one operation there. */
  static Handles copies(Handles originals, Nodes nodes) {
    Map<Leaf, Output<?>> copies = new HashMap<>();
    return new Handles() {
      @Override
      public Output<?> handle(Leaf leaf) {
        return copies.computeIfAbsent(
            leaf,
            key -> {
              String name = originals.handle(key).op().name();
              return Slot.handle(key, nodes, nodes.unique(name), name, type(key));
            });
      }

      @Override
      public DataType type(Leaf leaf) {
        return originals.type(leaf);
      }

      @Override
      public void round(Leaf.Variable kept) {
        originals.round(kept);
      }
    };
  }

  private static Output<?> handle(
      Leaf leaf, Nodes nodes, String name, String resource, DataType type) {
    return nodes
        .add(
            "VarHandleOp",
            name,
            builder ->
                builder
                    .setAttr("dtype", type)
                    .setAttr("shape", Tensors.shape(leaf.shape()))
                    .setAttr("shared_name", resource))
        .output(0);
  }

  /** A new operation that frees the resource. */
  GraphOperation destroy(Nodes nodes) {
    return destroy(handle, "state", nodes);
  }

  /** A new operation that frees a resource if it exists. */
  static GraphOperation destroy(Output<?> handle, String scope, Nodes nodes) {
    return nodes.add(
        "DestroyResourceOp", nodes.unique(scope + "/destroy"), builder -> {}, List.of(handle));
  }
}
