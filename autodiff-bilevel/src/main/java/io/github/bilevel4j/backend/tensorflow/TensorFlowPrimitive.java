package io.github.bilevel4j.backend.tensorflow;

import io.github.bilevel4j.expr.CustomPrimitive;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * A primitive of the user's own with its lowering to TensorFlow. One record says everything: the
 * name, the shape rule, the derivative and the operations of TensorFlow that compute it. Nothing is
 * registered. The error function, {@code erf(x) = 2 / sqrt(pi) int_0^x exp(-t^2) dt}, as an
 * example:
 *
 * <pre>{@code
 * record Erf() implements TensorFlowPrimitive {
 *   static Expr of(Expr x) {
 *     return Expr.of(new Erf(), x);
 *   }
 *
 *   @Override
 *   public String label() {
 *     return "erf";
 *   }
 *
 *   @Override
 *   public Shape shape(List<? extends io.github.bilevel4j.op.Operand> operands) {
 *     return operands.get(0).shape();
 *   }
 *
 *   @Override
 *   public Expr adjoint(Expr y, int i, Expr a) {
 *     Expr x = y.input(0);
 *     return a.times(x.squared().negated().exp().times(2 / Math.sqrt(Math.PI)));
 *   }
 *
 *   @Override
 *   public <T extends TFloating> Operand<T> lower(Ops tf, List<Operand<T>> inputs) {
 *     return tf.math.erf(inputs.get(0));
 *   }
 * }
 * }</pre>
 *
 * <p>{@code Erf.of(x)} is then an expression like any other: it can be differentiated to every
 * order, be part of an inner or outer problem, and run in each precision and on each device for
 * which TensorFlow has the operations. The shape rule should refuse operands that do not fit, by
 * {@link io.github.bilevel4j.check.UsageError}. Static attributes, such as an axis or an order, are
 * components of the record. See {@link CustomPrimitive} for the rules that a derivative follows.
 *
 * <p>Compiling fails with an {@link IllegalArgumentException} if the lowering gives another shape
 * than the shape rule or another type than that of its inputs.
 */
public interface TensorFlowPrimitive extends CustomPrimitive {

  /**
   * The operations that compute it, added to a graph.
   *
   * @param <T> the type of real numbers, {@code TFloat32} or {@code TFloat64} by the engine's
   *     precision
   * @param tf builds operations, on the engine's device and under names of this node
   * @param inputs the values of the inputs, in the shapes of their expressions
   * @return the result, in the shape of the shape rule
   */
  <T extends TFloating> Operand<T> lower(Ops tf, List<Operand<T>> inputs);
}
