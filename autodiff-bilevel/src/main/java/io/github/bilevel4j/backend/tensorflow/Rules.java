package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/** The table of all lowering rules, by primitive. */
final class Rules {
  private static final ImmutableMap<Class<? extends Op>, Rule<?>> TABLE =
      ImmutableMap.<Class<? extends Op>, Rule<?>>builder()
          .putAll(LeafRules.TABLE)
          .putAll(ElementwiseRules.TABLE)
          .putAll(LayoutRules.TABLE)
          .putAll(MatrixRules.TABLE)
          .putAll(ConvolutionRules.TABLE)
          .putAll(PoolingRules.TABLE)
          .putAll(NormalizationRules.TABLE)
          .putAll(IndexRules.TABLE)
          .putAll(OrderingRules.TABLE)
          .putAll(CollectiveRules.TABLE)
          .buildOrThrow();

  private Rules() {}

  /** The primitives that have a rule. */
  static ImmutableSet<Class<? extends Op>> primitives() {
    return TABLE.keySet();
  }

  static Lowered apply(Expr node, Lowering lowering) {
    if (node.op() instanceof TensorFlowPrimitive custom) {
      return CustomRules.lower(custom, node, lowering);
    }
    Rule<?> rule = TABLE.get(node.op().getClass());
    if (rule == null) {
      throw UsageError.in("compile")
          .because("the primitive \"%s\" has no lowering to TensorFlow", node.op().label())
          .row("expression", node.label(), node.shape().toString())
          .maybe("%s should implement TensorFlowPrimitive.", node.op().getClass().getSimpleName());
    }
    // Some kernels end the process, or refuse, where there is nothing to compute or to add up.
    if (node.shape().size() == 0 && !(node.op() instanceof Leaf)) {
      return Lowered.of(lowering.constant(Array.of(node.shape())), node.shape());
    }
    if (node.op() instanceof Convolution
        && node.inputs().stream().anyMatch(input -> input.shape().size() == 0)) {
      return Lowered.of(lowering.scalar(0), Shape.scalar());
    }
    return apply(rule, node, lowering);
  }

  // Each entry of the table pairs a class with a rule for that class.
  @SuppressWarnings("unchecked")
  private static <O extends Op> Lowered apply(Rule<O> rule, Expr node, Lowering lowering) {
    return rule.lower((O) node.op(), node, lowering);
  }

  /** A stride that is no larger than the number of places where a window fits. */
  static long stride(int stride, long places) {
    return Math.min(stride, Math.max(places, 1));
  }

  /** One entry of a table; keeps class and rule of one type. */
  static <O extends Op> ImmutableMap<Class<? extends Op>, Rule<?>> rule(
      Class<O> primitive, Rule<O> rule) {
    return ImmutableMap.of(primitive, rule);
  }

  /** Several entries together. */
  @SafeVarargs
  static ImmutableMap<Class<? extends Op>, Rule<?>> table(
      ImmutableMap<Class<? extends Op>, Rule<?>>... entries) {
    ImmutableMap.Builder<Class<? extends Op>, Rule<?>> table = ImmutableMap.builder();
    for (ImmutableMap<Class<? extends Op>, Rule<?>> entry : entries) {
      table.putAll(entry);
    }
    return table.buildOrThrow();
  }
}
