package io.github.bilevel4j.backend.tensorflow;

import static io.github.bilevel4j.backend.tensorflow.Rules.rule;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Pooling;
import io.github.bilevel4j.shape.Shape;
import java.util.function.Consumer;
import org.tensorflow.GraphOperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/** Pooling and its adjoints. */
final class PoolingRules {
  static final ImmutableMap<Class<? extends Op>, Rule<?>> TABLE =
      Rules.table(
          rule(Pooling.Max.class, PoolingRules::max),
          rule(Pooling.MaxScatter.class, PoolingRules::maxScatter),
          rule(Pooling.MaxGather.class, PoolingRules::maxGather),
          rule(Pooling.Average.class, PoolingRules::average),
          rule(Pooling.AverageGradient.class, PoolingRules::averageGradient));

  private PoolingRules() {}

  /**
   * Whether each window is one element of the image. TensorFlow's adjoints of the maximum then
   * write their result over their operand before they have read it.
   */
  private static boolean isIdentity(Pooling op, Shape image) {
    return op.geometry().output(image).equals(image);
  }

  /** TensorFlow's maximum forgets what is not a number: its windows are found by themselves. */
  private static Lowered max(Pooling.Max op, Expr node, Lowering in) {
    if (isIdentity(op, node.input(0).shape())) {
      return in.lowered(node.input(0));
    }
    Output<?> image = in.value(node.input(0));
    Output<?> noNumber = in.cast(in.op("IsNan", image), in.real());
    Output<?> lost =
        in.op("Greater", maxPool(op, node.input(0).shape(), in, noNumber), in.scalar(0));
    return Lowered.of(
        in.op(
            "SelectV2", lost, in.scalar(Double.NaN), maxPool(op, node.input(0).shape(), in, image)),
        node.shape());
  }

  private static Lowered maxScatter(Pooling.MaxScatter op, Expr node, Lowering in) {
    if (isIdentity(op, node.input(0).shape())) {
      return in.lowered(node.input(1));
    }
    Output<?> image = ranked(in.value(node.input(0)), in);
    return Lowered.of(
        in.op(
            "MaxPoolGrad",
            geometry(op, node.input(0).shape()),
            image,
            maxPool(op, node.input(0).shape(), in, image),
            in.value(node.input(1))),
        node.shape());
  }

  private static Lowered maxGather(Pooling.MaxGather op, Expr node, Lowering in) {
    if (isIdentity(op, node.input(0).shape())) {
      return in.lowered(node.input(1));
    }
    Output<?> image = ranked(in.value(node.input(0)), in);
    return Lowered.of(
        in.op(
            "MaxPoolGradGrad",
            geometry(op, node.input(0).shape()),
            image,
            maxPool(op, node.input(0).shape(), in, image),
            in.value(node.input(1))),
        node.shape());
  }

  private static Lowered average(Pooling.Average op, Expr node, Lowering in) {
    return Lowered.of(
        in.op("AvgPool", geometry(op, node.input(0).shape()), in.value(node.input(0))),
        node.shape());
  }

  private static Lowered averageGradient(Pooling.AverageGradient op, Expr node, Lowering in) {
    return Lowered.of(
        in.op(
            "AvgPoolGrad",
            geometry(op, op.image()),
            in.ints(op.image().toArray()),
            in.value(node.input(0))),
        node.shape());
  }

  /**
   * Numbers in the same order of which TensorFlow finds the largest: it takes none that is not a
   * number or minus infinity.
   */
  private static Output<?> ranked(Output<?> image, Lowering in) {
    double least =
        in.real() == DataType.DT_DOUBLE
            ? Math.nextUp(-Double.MAX_VALUE)
            : Math.nextUp(-Float.MAX_VALUE);
    return in.op("Maximum", in.notANumberAsInfinite(image), in.scalar(least));
  }

  private static Output<?> maxPool(Pooling op, Shape shape, Lowering in, Output<?> image) {
    return in.op("MaxPool", geometry(op, shape), image);
  }

  private static Consumer<GraphOperationBuilder> geometry(Pooling op, Shape image) {
    Pooling.Geometry window = op.geometry();
    return builder ->
        builder
            .setAttr("ksize", new long[] {1, window.height(), window.width(), 1})
            .setAttr(
                "strides",
                new long[] {
                  1,
                  Rules.stride(window.strideHeight(), image.dim(1) - window.height() + 1),
                  Rules.stride(window.strideWidth(), image.dim(2) - window.width() + 1),
                  1
                })
            .setAttr("padding", "VALID");
  }
}
