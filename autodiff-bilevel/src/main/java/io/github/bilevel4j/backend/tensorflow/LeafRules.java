package io.github.bilevel4j.backend.tensorflow;

import static io.github.bilevel4j.backend.tensorflow.Rules.rule;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Random;
import org.tensorflow.Output;
import org.tensorflow.Tensor;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TInt64;

/** Constants, variables, inputs and random draws. */
final class LeafRules {
  static final ImmutableMap<Class<? extends Op>, Rule<?>> TABLE =
      Rules.table(
          rule(Leaf.Constant.class, LeafRules::constant),
          rule(Leaf.Variable.class, LeafRules::state),
          rule(Leaf.Input.class, LeafRules::input),
          rule(Random.class, LeafRules::random));

  private LeafRules() {}

  private static Lowered constant(Leaf.Constant op, Expr node, Lowering in) {
    if (DeviceState.keeps(op)) {
      Output<?> kept = kept(op, in);
      return Lowered.of(
          kept.dataType() == DataType.DT_UINT8 ? in.fractions(kept) : kept, node.shape());
    }
    return Lowered.of(
        node.shape().isScalar() ? in.scalar(op.value().at(0)) : in.constant(op.value()),
        node.shape());
  }

  private static Lowered state(Leaf op, Expr node, Lowering in) {
    return Lowered.of(kept(op, in), node.shape());
  }

  /** A leaf's numbers, of whatever type they are. */
  static Output<?> kept(Leaf op, Lowering in) {
    return in.op(
        "ReadVariableOp",
        builder -> builder.setAttr("dtype", in.state().type(op)),
        in.state().handle(op));
  }

  private static Lowered input(Leaf.Input op, Expr node, Lowering in) {
    Output<?> placeholder = in.placeholder(node);
    if (op.ofSamples()) {
      return Lowered.of(in.fractions(placeholder), node.shape());
    }
    return Lowered.of(
        placeholder.dataType() == in.real() ? placeholder : in.cast(placeholder, in.real()),
        node.shape());
  }

  /**
   * Draws are made in single precision whatever the engine's, so that a seed gives the same numbers
   * in both.
   */
  private static Lowered random(Random op, Expr node, Lowering in) {
    Output<?> counter = in.cast(in.op("Round", in.value(node.input(0))), DataType.DT_INT64);
    Output<?> seed;
    try (Tensor tensor = TInt64.scalarOf(op.seed())) {
      seed = in.constant(tensor);
    }
    Output<?> pair =
        in.operation("Pack", builder -> builder.addInputList(new Output<?>[] {seed, counter}))
            .output(0);
    String type =
        op.distribution() == Random.Distribution.NORMAL
            ? "StatelessRandomNormal"
            : "StatelessRandomUniform";
    Output<?> draws =
        in.op(
            type,
            builder -> builder.setAttr("dtype", DataType.DT_FLOAT),
            in.ints(op.target().toArray()),
            pair);
    return Lowered.of(
        in.real() == DataType.DT_FLOAT ? draws : in.cast(draws, in.real()), node.shape());
  }
}
