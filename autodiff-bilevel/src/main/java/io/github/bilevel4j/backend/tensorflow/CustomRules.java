package io.github.bilevel4j.backend.tensorflow;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.types.family.TFloating;

/** Primitives defined outside this library. */
final class CustomRules {
  private CustomRules() {}

  static Lowered lower(TensorFlowPrimitive op, Expr node, Lowering in) {
    List<Operand<TFloating>> inputs =
        node.inputs().stream().map(input -> CustomRules.<TFloating>real(in.value(input))).toList();
    Output<?> result = in.built(tf -> op.lower(tf, inputs).asOutput());
    org.tensorflow.ndarray.Shape expected = Tensors.shape(node.shape());
    if (result.dataType() != in.real() || !result.shape().isCompatibleWith(expected)) {
      throw UsageError.in("compile")
          .because("the lowering of \"%s\" does not fit its shape rule", op.label())
          .row("expression", node.label(), node.shape().toString())
          .row("shape rule", in.real().toString(), expected.toString())
          .row("lowering", result.dataType().toString(), result.shape().toString())
          .maybe("a reshape, or a cast back to the type of the inputs, is missing.");
    }
    return Lowered.of(result, node.shape());
  }

  // The precision's type of real numbers is one type for the whole graph.
  @SuppressWarnings("unchecked")
  private static <T extends TFloating> Operand<T> real(Output<?> value) {
    return (Operand<T>) value;
  }
}
