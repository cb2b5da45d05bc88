package org.example;

import io.github.bilevel4j.backend.tensorflow.TensorFlowPrimitive;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** A primitive of one's own: the error function. */
public record Erf() implements TensorFlowPrimitive {
  public static Expr of(Expr x) {
    return Expr.of(new Erf(), x);
  }

  @Override
  public String label() {
    return "erf";
  }

  @Override
  public Shape shape(List<? extends io.github.bilevel4j.op.Operand> operands) {
    return operands.get(0).shape();
  }

  @Override
  public Expr adjoint(Expr y, int i, Expr a) {
    Expr x = y.input(0);
    return a.times(x.squared().negated().exp().times(2 / Math.sqrt(Math.PI)));
  }

  @Override
  public <T extends TFloating> Operand<T> lower(Ops tf, List<Operand<T>> inputs) {
    return tf.math.erf(inputs.get(0));
  }
}
