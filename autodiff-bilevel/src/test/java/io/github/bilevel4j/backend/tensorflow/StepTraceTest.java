package io.github.bilevel4j.backend.tensorflow;

import static com.google.common.collect.MoreCollectors.onlyElement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.KernelRun;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.op.Window;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.AllocationDescription;
import org.tensorflow.proto.DeviceStepStats;
import org.tensorflow.proto.NodeExecStats;
import org.tensorflow.proto.NodeOutput;
import org.tensorflow.proto.StepStats;
import org.tensorflow.proto.TensorDescription;
import org.tensorflow.proto.TensorShapeProto;

class StepTraceTest {
  private static final Step STEP = Step.named("step");

  /** A kernel that took so many nanoseconds and made an array of four bytes an element. */
  private static NodeExecStats node(String name, String label, long nanos, int... shape) {
    TensorShapeProto.Builder sizes = TensorShapeProto.newBuilder();
    long bytes = 4;
    for (int size : shape) {
      sizes.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
      bytes *= size;
    }
    return NodeExecStats.newBuilder()
        .setNodeName(name)
        .setTimelineLabel(label)
        .setOpStartRelNanos(100)
        .setOpEndRelNanos(100 + nanos)
        .addOutput(
            NodeOutput.newBuilder()
                .setTensorDescription(
                    TensorDescription.newBuilder()
                        .setShape(sizes)
                        .setAllocationDescription(
                            AllocationDescription.newBuilder().setRequestedBytes(bytes))))
        .build();
  }

  @Test
  void readsTimesBytesAndOperations() {
    Expr origin = Expr.constant(1);
    StepStats stats =
        StepStats.newBuilder()
            .addDevStats(
                DeviceStepStats.newBuilder()
                    .addNodeStats(node("x", "x = ReadVariableOp(v)", 1, 2, 8, 8, 3))
                    .addNodeStats(node("f", "f = ReadVariableOp(w)", 1, 3, 3, 3, 16))
                    .addNodeStats(
                        node(
                            "y",
                            "[cpu 1.0MB 2.0MB] y = _MklNativeConv2D(x, f, ^x)",
                            2000,
                            2,
                            8,
                            8,
                            16))
                    .addNodeStats(
                        node("g", "g = Conv2DBackpropFilter(x, sizes, y:0)", 3000, 3, 3, 3, 16))
                    .addNodeStats(
                        node("h", "h = Conv2DBackpropInput(sizes, f, y)", 4000, 2, 8, 8, 3))
                    .addNodeStats(node("a", "a = Mul(y, y)", 500, 5, 4, 6))
                    .addNodeStats(node("b", "b = Reshape(a, sizes)", 5, 5, 6, 7))
                    .addNodeStats(node("c", "c = BatchMatMulV2(a, b)", 10, 5, 4, 7))
                    .addNodeStats(NodeExecStats.newBuilder().setNodeName("unlabeled")))
            .build();
    ImmutableList<KernelRun> kernels = StepTrace.of(STEP, ImmutableMap.of("y", origin), stats);
    double x = 4 * 2 * 8 * 8 * 3;
    double y = 4 * 2 * 8 * 8 * 16;
    double f = 4 * 3 * 3 * 3 * 16;
    double products = 2.0 * 2 * 8 * 8 * 16 * 27;
    assertThat(kernels)
        .containsExactly(
            kernel("x", "ReadVariableOp", 1, 0, 0),
            kernel("f", "ReadVariableOp", 1, 0, 0),
            new KernelRun(
                STEP, "y", "_MklNativeConv2D", Optional.of(origin), 2e-6, x + f + y, products),
            kernel("g", "Conv2DBackpropFilter", 3000, x + y + f, products),
            kernel("h", "Conv2DBackpropInput", 4000, f + y + x, products),
            kernel("a", "Mul", 500, 2 * y + 4 * 5 * 4 * 6, 0),
            kernel("b", "Reshape", 5, 0, 0),
            kernel("c", "BatchMatMulV2", 10, 4 * 5 * (24 + 42 + 28), 2.0 * 5 * 4 * 7 * 6));
  }

  private static KernelRun kernel(
      String name, String kind, long nanos, double bytes, double operations) {
    return new KernelRun(STEP, name, kind, Optional.empty(), nanos / 1e9, bytes, operations);
  }

  @Test
  void anEngineTellsWhatRan() {
    Expr images = Expr.variable("images", Shape.of(2, 8, 8, 3), Initializer.uniform(1, 1));
    Expr filter = Expr.variable("filter", Shape.of(3, 3, 3, 16), Initializer.uniform(1, 2));
    Expr matrix = Expr.variable("matrix", Array.matrix(new double[][] {{1, 2}, {3, 4}}));
    Expr convolved = Expr.of(new Convolution.Forward(Window.of(1, 1)), images, filter);
    Expr product = matrix.matmul(matrix);
    try (TensorFlowEngine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
      Step step = Step.named("both").output("sum", convolved.sum()).output("product", product);
      Program program = engine.compile(step);
      ImmutableList<KernelRun> kernels = engine.traced(program::run);
      assertThat(kernels).allMatch(kernel -> kernel.step().equals(step) && kernel.seconds() >= 0);
      KernelRun convolution = only(kernels, convolved, "Conv2D");
      assertThat(convolution.operations()).isEqualTo(2.0 * 2 * 8 * 8 * 16 * 27);
      assertThat(convolution.bytes()).isEqualTo(4 * (2 * 8 * 8 * (3.0 + 16) + 27 * 16));
      assertThat(only(kernels, product, "MatMul").operations()).isCloseTo(16, within(1e-12));
      assertThat(engine.traced(() -> {})).isEmpty();
      assertThat(program.run().get("product"))
          .isEqualTo(Array.matrix(new double[][] {{7, 10}, {15, 22}}));
    }
  }

  private static KernelRun only(ImmutableList<KernelRun> kernels, Expr origin, String kind) {
    return kernels.stream()
        .filter(kernel -> kernel.kind().contains(kind))
        .filter(kernel -> kernel.origin().equals(Optional.of(origin)))
        .collect(onlyElement());
  }
}
