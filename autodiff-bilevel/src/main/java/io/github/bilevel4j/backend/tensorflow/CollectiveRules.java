package io.github.bilevel4j.backend.tensorflow;

import static io.github.bilevel4j.backend.tensorflow.Rules.rule;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.AllSum;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.Op;
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
   * A value that is the same on all replicas is multiplied by their number.
   *
   * <p>The operation has no timeout of its own, for which TensorFlow would let two threads sleep
   * until it has passed, whether or not the sum was made.
   */
  private static Lowered allSum(AllSum op, Expr node, Lowering in) {
    in.replication().requireReplicas(op.label(), op.replicas());
    Output<?> own = in.value(node.input(0));
    if (op.replicas() == 1) {
      return Lowered.of(own, node.shape());
    }
    if (!in.replication().differs(node.input(0))) {
      return Lowered.of(in.op("Mul", own, in.scalar(op.replicas())), node.shape());
    }
    int key = ClusterSession.nextKey();
    return Lowered.of(
        in.operation(
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
            .output(0),
        node.shape());
  }
}
