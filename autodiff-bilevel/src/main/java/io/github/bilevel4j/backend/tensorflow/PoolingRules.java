package io.github.bilevel4j.backend.tensorflow;

import static io.github.bilevel4j.backend.tensorflow.Rules.rule;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Pooling;
import java.util.function.Consumer;
import org.tensorflow.GraphOperationBuilder;
import org.tensorflow.Output;

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

  private static Lowered max(Pooling.Max op, Expr node, Lowering in) {
    return Lowered.of(maxPool(op, in, in.value(node.input(0))), node.shape());
  }

  private static Lowered maxScatter(Pooling.MaxScatter op, Expr node, Lowering in) {
    Output<?> image = in.value(node.input(0));
    return Lowered.of(
        in.op("MaxPoolGrad", geometry(op), image, maxPool(op, in, image), in.value(node.input(1))),
        node.shape());
  }

  private static Lowered maxGather(Pooling.MaxGather op, Expr node, Lowering in) {
    Output<?> image = in.value(node.input(0));
    return Lowered.of(
        in.op(
            "MaxPoolGradGrad",
            geometry(op),
            image,
            maxPool(op, in, image),
            in.value(node.input(1))),
        node.shape());
  }

  private static Lowered average(Pooling.Average op, Expr node, Lowering in) {
    return Lowered.of(in.op("AvgPool", geometry(op), in.value(node.input(0))), node.shape());
  }

  private static Lowered averageGradient(Pooling.AverageGradient op, Expr node, Lowering in) {
    return Lowered.of(
        in.op("AvgPoolGrad", geometry(op), in.ints(op.image().toArray()), in.value(node.input(0))),
        node.shape());
  }

  private static Output<?> maxPool(Pooling op, Lowering in, Output<?> image) {
    return in.op("MaxPool", geometry(op), image);
  }

  private static Consumer<GraphOperationBuilder> geometry(Pooling op) {
    Pooling.Geometry window = op.geometry();
    return builder ->
        builder
            .setAttr("ksize", new long[] {1, window.height(), window.width(), 1})
            .setAttr("strides", new long[] {1, window.strideHeight(), window.strideWidth(), 1})
            .setAttr("padding", "VALID");
  }
}
