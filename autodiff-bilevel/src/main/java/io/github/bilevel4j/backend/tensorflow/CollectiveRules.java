package io.github.bilevel4j.backend.tensorflow;

import static io.github.bilevel4j.backend.tensorflow.LayoutRules.reshaped;
import static io.github.bilevel4j.backend.tensorflow.Rules.rule;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.AllSum;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;

/** Sums over replicas, and the replica's own number. */
final class CollectiveRules {
  static final ImmutableMap<Class<? extends Op>, Rule<?>> TABLE =
      Rules.table(
          rule(AllSum.class, CollectiveRules::allSum),
          rule(Leaf.ReplicaIndex.class, CollectiveRules::index));

  /** The number of the group that all replicas are. */
  private static final int GROUP = 1;

  private CollectiveRules() {}

  private static Lowered index(Leaf.ReplicaIndex op, Expr node, Lowering in) {
    in.replication().requireReplicas(op.label(), op.replicas());
    return Lowered.of(in.scalar(in.replication().rank()), node.shape());
  }

  /**
   * A value that is the same on all replicas is multiplied by their number. Others are sent, all of
   * a message as one vector.
   */
  private static Lowered allSum(AllSum op, Expr node, Lowering in) {
    in.replication().requireReplicas(op.label(), op.replicas());
    if (op.replicas() == 1) {
      return Lowered.of(in.value(node.input(0)), node.shape());
    }
    if (!in.replication().communicates(node)) {
      return Lowered.of(
          in.op("Mul", in.value(node.input(0)), in.scalar(op.replicas())), node.shape());
    }
    ImmutableList<Expr> message = in.message(node);
    if (message.size() == 1) {
      return Lowered.of(sent(op, in.value(node.input(0)), in), node.shape());
    }
    GraphOperation sums = in.shared(op, message.get(0), () -> together(op, message, in));
    return Lowered.of(reshaped(in, sums.output(message.indexOf(node)), node.shape()), node.shape());
  }

  /** All sums of a message, each as a vector. */
  private static GraphOperation together(AllSum op, List<Expr> message, Lowering in) {
    Output<?>[] own =
        message.stream()
            .map(sum -> reshaped(in, in.value(sum.input(0)), Shape.of(length(sum))))
            .toArray(Output<?>[]::new);
    Output<?> axis = in.integer(0);
    Output<?> sent =
        sent(
            op,
            in.operation("ConcatV2", builder -> builder.addInputList(own).addInput(axis)).output(0),
            in);
    Output<?> lengths = in.ints(message.stream().mapToInt(CollectiveRules::length).toArray());
    return in.operation(
        "SplitV",
        builder ->
            builder
                .addInput(sent)
                .addInput(lengths)
                .addInput(axis)
                .setAttr("num_split", message.size()));
  }

  private static int length(Expr sum) {
    return Math.toIntExact(sum.shape().size());
  }

  /**
   * The operation has no timeout of its own, for which TensorFlow would let two threads sleep until
   * it has passed, whether or not the sum was made.
   */
  private static Output<?> sent(AllSum op, Output<?> own, Lowering in) {
    int key = ClusterSession.nextKey();
    return in.operation(
            "CollectiveReduceV2",
            builder ->
                builder
                    .addInput(own)
                    .addInput(in.integer(op.replicas()))
                    .addInput(in.integer(GROUP))
                    .addInput(in.integer(key))
                    .addInputList(new Output<?>[0])
                    .setAttr("merge_op", "Add")
                    .setAttr("final_op", "Id")
                    .setAttr("communication_hint", "ring"))
        .output(0);
  }
}
