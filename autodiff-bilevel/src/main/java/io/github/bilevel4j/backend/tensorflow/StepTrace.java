package io.github.bilevel4j.backend.tensorflow;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.backend.KernelRun;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.proto.DeviceStepStats;
import org.tensorflow.proto.NodeExecStats;
import org.tensorflow.proto.NodeOutput;
import org.tensorflow.proto.StepStats;
import org.tensorflow.proto.TensorDescription;
import org.tensorflow.proto.TensorShapeProto;

/**
 * What TensorFlow noted of one run of a graph. What is read of a kernel's inputs is known from the
 * kernels that made them.
 */
final class StepTrace {
  /** {@code [allocated bytes] name = Kind(input, input:1, ^control)}. */
  private static final Pattern LABEL = Pattern.compile(" = (\\w+)\\((.*)\\)");

  private static final Splitter INPUTS = Splitter.on(',').trimResults().omitEmptyStrings();

  /** They hand on what they are given, or name it. */
  private static final ImmutableSet<String> MOVES_NOTHING =
      ImmutableSet.of(
          "AssignVariableOp",
          "Const",
          "ExpandDims",
          "Identity",
          "Merge",
          "NoOp",
          "Placeholder",
          "ReadVariableOp",
          "Reshape",
          "Shape",
          "Squeeze",
          "Switch",
          "VarHandleOp",
          "_Arg",
          "_Retval",
          "_Send",
          "_Recv");

  private final Map<String, TensorDescription> tensors = new HashMap<>();

  private StepTrace() {}

  /** The kernels of a step's run in the order in which they began, by the devices. */
  static ImmutableList<KernelRun> of(Step step, Map<String, Expr> origins, StepStats stats) {
    return new StepTrace().read(step, origins, stats);
  }

  private ImmutableList<KernelRun> read(Step step, Map<String, Expr> origins, StepStats stats) {
    for (DeviceStepStats device : stats.getDevStatsList()) {
      for (NodeExecStats node : device.getNodeStatsList()) {
        for (NodeOutput output : node.getOutputList()) {
          tensors.put(tensor(node.getNodeName(), output.getSlot()), output.getTensorDescription());
        }
      }
    }
    ImmutableList.Builder<KernelRun> runs = ImmutableList.builder();
    for (DeviceStepStats device : stats.getDevStatsList()) {
      for (NodeExecStats node : device.getNodeStatsList()) {
        Matcher label = LABEL.matcher(node.getTimelineLabel());
        if (label.find()) {
          runs.add(
              run(
                  step,
                  node,
                  label.group(1),
                  INPUTS.splitToList(label.group(2)),
                  Optional.ofNullable(origins.get(node.getNodeName()))));
        }
      }
    }
    return runs.build();
  }

  private KernelRun run(
      Step step, NodeExecStats node, String kind, List<String> inputs, Optional<Expr> origin) {
    List<TensorDescription> read = new ArrayList<>();
    for (String input : inputs) {
      // What is not known, a control input for instance, still has its place.
      read.add(tensors.getOrDefault(whole(input), TensorDescription.getDefaultInstance()));
    }
    List<TensorDescription> written =
        node.getOutputList().stream().map(NodeOutput::getTensorDescription).toList();
    double bytes =
        MOVES_NOTHING.contains(kind)
            ? 0
            : read.stream().mapToDouble(StepTrace::bytes).sum()
                + written.stream().mapToDouble(StepTrace::bytes).sum();
    return new KernelRun(
        step,
        node.getNodeName(),
        kind,
        origin,
        (node.getOpEndRelNanos() - node.getOpStartRelNanos()) / 1e9,
        bytes,
        operations(kind, read, written));
  }

  private static String tensor(String node, int slot) {
    return node + ":" + slot;
  }

  /** An input's name with its number. */
  private static String whole(String input) {
    return input.contains(":") ? input : tensor(input, 0);
  }

  private static double bytes(TensorDescription tensor) {
    return tensor.getAllocationDescription().getRequestedBytes();
  }

  /**
   * Two for each product: {@code 2 |y| h w c} of a convolution by a filter {@code [h, w, c, k]} and
   * of its gradients at the output gradient {@code y}, {@code 2 |y| k} of matrix products over
   * {@code k}, with {@code |a| |b| = batch |y| k^2} for factors a and b.
   */
  private static double operations(
      String kind, List<TensorDescription> read, List<TensorDescription> written) {
    if (read.size() < 2 || written.isEmpty()) {
      return 0;
    }
    TensorDescription result = written.get(0);
    if (kind.contains("Conv2DBackpropFilter")) {
      return perOutput(read.get(2), result);
    }
    if (kind.contains("Conv2DBackpropInput")) {
      return perOutput(read.get(2), read.get(1));
    }
    if (kind.contains("Conv2D")) {
      return perOutput(result, read.get(1));
    }
    if (kind.contains("MatMul")) {
      TensorShapeProto shape = result.getShape();
      int rank = shape.getDimCount();
      double batch = elements(shape, 0, rank - 2);
      double inner =
          Math.sqrt(
              elements(read.get(0).getShape())
                  * elements(read.get(1).getShape())
                  / (batch * elements(shape)));
      return 2 * elements(shape) * inner;
    }
    return 0;
  }

  private static double perOutput(TensorDescription output, TensorDescription filter) {
    return 2 * elements(output.getShape()) * elements(filter.getShape(), 0, 3);
  }

  private static double elements(TensorShapeProto shape) {
    return elements(shape, 0, shape.getDimCount());
  }

  private static double elements(TensorShapeProto shape, int from, int to) {
    double product = 1;
    for (int i = from; i < Math.min(to, shape.getDimCount()); i++) {
      product *= shape.getDim(i).getSize();
    }
    return product;
  }
}
