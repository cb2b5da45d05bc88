package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import com.google.protobuf.ByteString;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.tensorflow.Output;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Steps as SavedModels of TensorFlow, with the variables as constants. */
final class SavedModels {
  private static final String TAG = "serve";
  private static final String SIGNATURE = "serving_default";

  private SavedModels() {}

  /**
   * The model of a step, whose inputs and outputs have any number of elements of a batch.
   *
   * @param values of what it keeps on the device, by the names of the resources
   */
  static SavedModel of(LoweredStep step, ImmutableMap<String, Array> values) {
    GraphDef all = step.session().graph().toGraphDef();
    Map<String, NodeDef> nodes = new HashMap<>();
    all.getNodeList().forEach(node -> nodes.put(node.getName(), node));
    GraphDef.Builder graph = GraphDef.newBuilder().setVersions(all.getVersions());
    int batch = batch(step);
    Iterable<String> roots =
        Iterables.transform(
            Iterables.concat(step.placeholders().values(), step.fetches().values()),
            output -> output.op().name());
    for (String name : needed(nodes, roots)) {
      NodeDef node = nodes.get(name);
      if (node.getOp().equals("Reshape") && isBatch(nodes.get(node.getInput(1)), batch)) {
        NodeDef shape = anyBatch(name, nodes.get(node.getInput(1)));
        graph.addNode(shape).addNode(frozen(node, values).toBuilder().setInput(1, shape.getName()));
      } else {
        graph.addNode(frozen(node, values));
      }
    }
    SignatureDef.Builder signature =
        SignatureDef.newBuilder().setMethodName("tensorflow/serving/predict");
    step.placeholders()
        .forEach((input, output) -> signature.putInputs(input.name(), info(input, output)));
    step.fetches().forEach((name, output) -> signature.putOutputs(name, info(output)));
    return SavedModel.newBuilder()
        .setSavedModelSchemaVersion(1)
        .addMetaGraphs(
            MetaGraphDef.newBuilder()
                .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder().addTags(TAG))
                .setGraphDef(graph)
                .putSignatureDef(SIGNATURE, signature.build()))
        .build();
  }

  /** The nodes from which some are computed, not beyond the reading of a variable. */
  private static Set<String> needed(Map<String, NodeDef> nodes, Iterable<String> roots) {
    Set<String> needed = new LinkedHashSet<>();
    Deque<String> open = new ArrayDeque<>();
    roots.forEach(open::add);
    while (!open.isEmpty()) {
      String name = open.pop();
      NodeDef node = nodes.get(name);
      if (needed.add(name) && !node.getOp().equals("ReadVariableOp")) {
        node.getInputList().forEach(input -> open.add(input.replaceAll("^\\^|:\\d+$", "")));
      }
    }
    return needed;
  }

  private static NodeDef frozen(NodeDef node, ImmutableMap<String, Array> values) {
    NodeDef.Builder frozen = node.toBuilder().clearDevice();
    if (node.getOp().equals("ReadVariableOp")) {
      return frozen
          .setOp("Const")
          .clearInput()
          .clearAttr()
          .putAttr("dtype", AttrValue.newBuilder().setType(DataType.DT_FLOAT).build())
          .putAttr(
              "value",
              AttrValue.newBuilder().setTensor(tensor(values.get(node.getInput(0)))).build())
          .build();
    } else if (node.getOp().equals("Placeholder")) {
      TensorShapeProto shape = node.getAttrOrThrow("shape").getShape();
      return frozen
          .putAttr("shape", AttrValue.newBuilder().setShape(anyBatch(shape)).build())
          .build();
    }
    return frozen.build();
  }

  /** The length of the first axis of the inputs. */
  private static int batch(LoweredStep step) {
    return step.placeholders().keySet().iterator().next().shape().dim(0);
  }

  /** The whole numbers of a constant node; of equal ones at the end, the first is stored. */
  private static List<Integer> numbers(NodeDef constant) {
    TensorProto tensor =
        constant.getAttrOrDefault("value", AttrValue.getDefaultInstance()).getTensor();
    if (tensor.getTensorContent().isEmpty()) {
      return tensor.getIntValList();
    }
    IntBuffer content =
        tensor
            .getTensorContent()
            .asReadOnlyByteBuffer()
            .order(ByteOrder.LITTLE_ENDIAN)
            .asIntBuffer();
    return IntStream.range(0, content.limit()).mapToObj(content::get).toList();
  }

  private static boolean isBatch(NodeDef shape, int batch) {
    return shape.getOp().equals("Const")
        && !numbers(shape).isEmpty()
        && numbers(shape).get(0) == batch;
  }

  /** A shape for a node whose first length follows from the others. */
  private static NodeDef anyBatch(String node, NodeDef shape) {
    TensorProto tensor = shape.getAttrOrThrow("value").getTensor();
    int rank = (int) tensor.getTensorShape().getDim(0).getSize();
    List<Integer> numbers = numbers(shape);
    TensorProto.Builder changed = tensor.toBuilder().clearTensorContent().clearIntVal();
    for (int i = 0; i < rank; i++) {
      changed.addIntVal(i == 0 ? -1 : numbers.get(Math.min(i, numbers.size() - 1)));
    }
    return shape.toBuilder()
        .setName(node + "/any_batch")
        .clearDevice()
        .putAttr("value", AttrValue.newBuilder().setTensor(changed).build())
        .build();
  }

  private static TensorShapeProto anyBatch(TensorShapeProto shape) {
    return shape.getDimCount() == 0
        ? shape
        : shape.toBuilder().setDim(0, shape.getDim(0).toBuilder().setSize(-1)).build();
  }

  private static TensorProto tensor(Array array) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * array.size()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < array.size(); i++) {
      bytes.putFloat((float) array.at(i));
    }
    return TensorProto.newBuilder()
        .setDtype(DataType.DT_FLOAT)
        .setTensorShape(shape(array.shape().toArray()))
        .setTensorContent(ByteString.copyFrom(bytes.flip()))
        .build();
  }

  private static TensorShapeProto shape(int... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (int dim : dims) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(dim));
    }
    return shape.build();
  }

  private static TensorInfo info(Expr input, Output<?> output) {
    return info(output).toBuilder()
        .setTensorShape(anyBatch(shape(input.shape().toArray())))
        .build();
  }

  private static TensorInfo info(Output<?> output) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long dim : output.shape().asArray()) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(dim));
    }
    return TensorInfo.newBuilder()
        .setName(output.op().name() + ":" + output.index())
        .setDtype(output.dataType())
        .setTensorShape(anyBatch(shape.build()))
        .build();
  }
}
