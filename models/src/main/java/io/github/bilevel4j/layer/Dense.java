package io.github.bilevel4j.layer;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Shape;

/**
 * {@code y = x W + b} on the last axis, {@code [..., inputs] -> [..., outputs]}.
 *
 * <p>The variables {@code weight [inputs, outputs]} and {@code bias [outputs]} start uniform on
 * {@code +-1/sqrt(inputs)}, as PyTorch's {@code Linear} (He et al. 2015 with slope sqrt 5).
 */
public record Dense(int inputs, int outputs, boolean bias) implements LayerSpec {

  /** With bias. */
  public static Dense between(int inputs, int outputs) {
    return new Dense(inputs, outputs, true);
  }

  /** With or without bias. */
  public Dense bias(boolean newBias) {
    return new Dense(inputs, outputs, newBias);
  }

  @Override
  public Layer init(Scope scope) {
    Expr weight = scope.drawn("weight", Shape.of(inputs, outputs), this::uniform);
    Layer product =
        Layer.of(Variables.of(weight), (values, x, pass) -> product(x, values.get(weight.name())));
    return bias
        ? Conv.shifted(product, scope.drawn("bias", Shape.of(outputs), this::uniform))
        : product;
  }

  private Expr product(Expr x, Expr weight) {
    requireInputs(x, weight);
    if (x.shape().rank() == 2) {
      return x.matmul(weight);
    }
    return x.reshape(-1, inputs).matmul(weight).reshape(x.shape().withDim(-1, outputs));
  }

  private void requireInputs(Expr x, Expr weight) {
    if (x.shape().rank() < 2 || x.shape().dim(-1) != inputs) {
      throw UsageError.in("dense")
          .because("the input should be [n, ..., %d]", inputs)
          .row("input", x.label(), x.shape().toString())
          .row("weight", weight.label(), weight.shape().toString())
          .maybe("a Flatten or GlobalAveragePool is missing before it.");
    }
  }

  private Initializer uniform(long seed) {
    return Initializer.uniform(1 / Math.sqrt(inputs), seed);
  }
}
