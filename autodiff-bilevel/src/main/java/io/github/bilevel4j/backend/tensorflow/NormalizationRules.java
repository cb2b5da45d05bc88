package io.github.bilevel4j.backend.tensorflow;

import static io.github.bilevel4j.backend.tensorflow.Rules.rule;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.BatchNormalization;
import io.github.bilevel4j.op.BatchNormalization.Forward;
import io.github.bilevel4j.op.BatchNormalization.Gradient;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.function.Supplier;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/**
 * Batch normalization by TensorFlow's fused kernels, which the processor has in single precision.
 * Each gives all results of a normalization, or of its gradient, at once.
 */
final class NormalizationRules {
  static final ImmutableMap<Class<? extends Op>, Rule<?>> TABLE =
      Rules.table(
          rule(Forward.class, NormalizationRules::forward),
          rule(Gradient.class, NormalizationRules::gradient));

  private NormalizationRules() {}

  private static Lowered forward(Forward op, Expr node, Lowering in) {
    GraphOperation kernel =
        kernel(
            "FusedBatchNormV3",
            op.with(Forward.Result.OUTPUT),
            node,
            () ->
                List.of(
                    rows(node.input(0), in.areRounded(node.inputs().subList(0, 1)), in),
                    in.value(node.input(1)),
                    in.value(node.input(2)),
                    none(in),
                    none(in)),
            in);
    return switch (op.result()) {
      case OUTPUT -> like(node, kernel.output(0), in);
      case MEAN -> Lowered.of(kernel.output(1), node.shape());
      // The divisor of the other output, "batch_variance", is n - 1.
      case VARIANCE -> Lowered.of(kernel.output(4), node.shape());
    };
  }

  private static Lowered gradient(Gradient op, Expr node, Lowering in) {
    GraphOperation kernel =
        kernel(
            "FusedBatchNormGradV3",
            op.with(Gradient.Of.X),
            node,
            () -> {
              // The adjoint is what convolutions take next; its sums are made in single precision.
              boolean rounded = in.areRounded(node.inputs().subList(0, 1));
              return List.of(
                  rows(node.input(4), rounded, in),
                  rows(node.input(0), rounded, in),
                  in.value(node.input(1)),
                  in.value(node.input(2)),
                  in.value(node.input(3)),
                  none(in));
            },
            in);
    return switch (op.of()) {
      case X -> like(node, kernel.output(0), in);
      case SCALE -> Lowered.of(kernel.output(1), node.shape());
      case OFFSET -> Lowered.of(kernel.output(2), node.shape());
    };
  }

  /** One for all primitives of a normalization, for which the given one stands. */
  private static GraphOperation kernel(
      String name,
      BatchNormalization all,
      Expr node,
      Supplier<List<Output<?>>> inputs,
      Lowering in) {
    return in.shared(
        all,
        node,
        () -> {
          List<Output<?>> operands = inputs.get();
          return in.operation(
              name,
              builder -> {
                operands.forEach(builder::addInput);
                builder
                    .setAttr("U", DataType.DT_FLOAT)
                    .setAttr("epsilon", (float) all.epsilon())
                    .setAttr("is_training", true);
              });
        });
  }

  /** In the place of what a kernel does not need here. */
  private static Output<?> none(Lowering in) {
    return in.constant(Array.of(Shape.of(0)));
  }

  /** A value as the images that the kernels take. */
  private static Output<?> rows(Expr value, boolean rounded, Lowering in) {
    Output<?> whole = rounded ? in.factor(value) : in.value(value);
    return value.shape().rank() == 4
        ? whole
        : in.op("Reshape", whole, in.ints(images(value.shape()).toArray()));
  }

  private static Lowered like(Expr node, Output<?> images, Lowering in) {
    return Lowered.of(
        node.shape().rank() == 4
            ? images
            : in.op("Reshape", images, in.ints(node.shape().toArray())),
        node.shape());
  }

  private static Shape images(Shape shape) {
    return Shape.of(Math.toIntExact(BatchNormalization.rows(shape)), 1, 1, shape.dim(-1));
  }
}
