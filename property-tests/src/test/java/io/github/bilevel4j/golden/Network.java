package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A small network as golden files lay it out: weights {@code w0, w1, ...} alternate with biases;
 * matrices are {@code [out, in]}, filters {@code [out, in, height, width]}, images {@code [n,
 * channels, height, width]}.
 */
record Network(ImmutableList<Expr> weights, UnaryOperator<Expr> activation) {

  static Network of(List<Expr> weights, String activation) {
    return new Network(
        ImmutableList.copyOf(weights),
        switch (activation) {
          case "tanh" -> Expr::tanh;
          case "relu" -> Expr::relu;
          case "sigmoid" -> Expr::sigmoid;
          case "softplus" -> Expr::softplus;
          default -> throw new IllegalArgumentException("unknown activation " + activation);
        });
  }

  /** Linear maps with the activation in between. */
  Expr perceptron(Expr x) {
    Expr y = linear(x, 0);
    for (int i = 2; i < weights.size(); i += 2) {
      y = linear(activation.apply(y), i);
    }
    return y;
  }

  /**
   * Convolutions of stride 1 and 2 with a padding of 1, each followed by the activation, global
   * average pooling, and a linear map.
   */
  Expr convolutional(Expr x) {
    Expr y = x.permuted(0, 2, 3, 1);
    y = activation.apply(convolution(y, 0, 1));
    y = activation.apply(convolution(y, 2, 2));
    return linear(y.globalAveragePool(), 4);
  }

  private Expr linear(Expr x, int position) {
    return x.matmulTransposed(weights.get(position)).plus(weights.get(position + 1));
  }

  private Expr convolution(Expr x, int position, int stride) {
    Expr filter = weights.get(position).permuted(2, 3, 1, 0);
    return x.conv2d(filter, stride, 1).plus(weights.get(position + 1));
  }
}
