package io.github.bilevel4j.backend.tensorflow;

import static io.github.bilevel4j.backend.tensorflow.Rules.rule;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Gather;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.OneHot;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.ScatterAdd;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/** Rows by their positions. */
final class IndexRules {
  static final ImmutableMap<Class<? extends Op>, Rule<?>> TABLE =
      Rules.table(
          rule(Gather.class, IndexRules::gather),
          rule(ScatterAdd.class, IndexRules::scatterAdd),
          rule(OneHot.class, IndexRules::oneHot));

  private IndexRules() {}

  private static Lowered gather(Gather op, Expr node, Lowering in) {
    Expr table = node.input(0);
    Output<?> rows =
        in.op(
            "GatherV2",
            table.op() instanceof Leaf.Constant constant && DeviceState.keeps(constant)
                ? LeafRules.kept(constant, in)
                : in.value(table),
            in.index(node.input(1), table.shape().dim(0)),
            in.integer(0));
    boolean bytes = rows.dataType() == DataType.DT_UINT8;
    return Lowered.of(bytes ? in.fractions(rows) : rows, node.shape());
  }

  private static Lowered scatterAdd(ScatterAdd op, Expr node, Lowering in) {
    return Lowered.of(
        in.op(
            "UnsortedSegmentSum",
            in.value(node.input(0)),
            in.index(node.input(1), op.rows()),
            in.integer(op.rows())),
        node.shape());
  }

  private static Lowered oneHot(OneHot op, Expr node, Lowering in) {
    return Lowered.of(
        in.op(
            "OneHot",
            in.label(node.input(0), op.depth()),
            in.integer(op.depth()),
            in.scalar(1),
            in.scalar(0)),
        node.shape());
  }
}
