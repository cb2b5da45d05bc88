package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.types.TFloat32;

class DeviceStateTest {
  private Graph graph;
  private Session session;
  private Nodes nodes;
  private DeviceState state;

  @BeforeEach
  void open() {
    CudaLibraries.load();
    graph = new Graph();
    session = new Session(graph);
    nodes = new Nodes(graph, Optional.empty());
    state = new DeviceState(nodes, session, Precision.FLOAT64, new KeptValues());
  }

  @AfterEach
  void close() {
    session.close();
    graph.close();
  }

  @Test
  void aVariableWhoseFirstAssignmentFailedDoesNotExist() {
    Expr x = Expr.variable("x", Array.scalar(1));
    occupy("state/x");
    assertThatThrownBy(() -> state.write(Map.of(x, Array.scalar(2))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("write: the device failed: Trying to assign variable");
    assertThat(state.read(List.of(x))).containsEntry(x, Array.scalar(1));
  }

  /** Makes the device hold single precision under the name that a variable will have there. */
  private void occupy(String name) {
    Output<?> handle =
        nodes
            .add(
                "VarHandleOp",
                "occupied",
                builder ->
                    builder
                        .setAttr("dtype", Tensors.type(Precision.FLOAT32))
                        .setAttr("shape", Tensors.shape(Shape.scalar()))
                        .setAttr("shared_name", name))
            .output(0);
    try (TFloat32 zero = TFloat32.scalarOf(0)) {
      Output<?> value =
          nodes
              .add(
                  "Const",
                  "zero",
                  builder -> builder.setAttr("dtype", zero.dataType()).setAttr("value", zero))
              .output(0);
      Operation assign =
          nodes.add("AssignVariableOp", "occupy", builder -> {}, List.of(handle, value));
      session.runner().addTarget(assign).run().close();
    }
  }
}
