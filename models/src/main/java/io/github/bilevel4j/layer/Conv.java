package io.github.bilevel4j.layer;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Shape;

/**
 * The two-dimensional convolution with square filters, {@code [n, height, width, inputs] -> [n,
 * height', width', outputs]}.
 *
 * <p>The variable {@code weight [kernel, kernel, inputs, outputs]} starts normal with variance
 * {@code 2 / (kernel^2 outputs)}, which preserves the size of gradients (He et al. 2015, "fan out",
 * as torchvision's ResNets); {@code bias [outputs]} starts uniform on {@code +-1/sqrt(kernel^2
 * inputs)} as in PyTorch.
 */
public record Conv(int inputs, int outputs, int kernel, int stride, int padding, boolean bias)
    implements LayerSpec {

  /** Filters of one pixel, stride 1, no padding, with bias. */
  public static Conv between(int inputs, int outputs) {
    return new Conv(inputs, outputs, 1, 1, 0, true);
  }

  /** With filters of so many pixels a side. */
  public Conv kernel(int newKernel) {
    return new Conv(inputs, outputs, newKernel, stride, padding, bias);
  }

  /** With filter positions so many pixels apart. */
  public Conv stride(int newStride) {
    return new Conv(inputs, outputs, kernel, newStride, padding, bias);
  }

  /** With so many zeros put on each side of the image. */
  public Conv padding(int newPadding) {
    return new Conv(inputs, outputs, kernel, stride, newPadding, bias);
  }

  /** With or without bias. */
  public Conv bias(boolean newBias) {
    return new Conv(inputs, outputs, kernel, stride, padding, newBias);
  }

  @Override
  public Layer init(Scope scope) {
    Expr weight = scope.drawn("weight", Shape.of(kernel, kernel, inputs, outputs), this::normal);
    Layer filter =
        Layer.of(
            Variables.of(weight),
            (values, x, pass) -> x.conv2d(values.get(weight.name()), stride, padding));
    return bias ? shifted(filter, scope.drawn("bias", Shape.of(outputs), this::uniform)) : filter;
  }

  /** A layer to whose output a trained bias is added. */
  static Layer shifted(Layer layer, Expr bias) {
    return Layer.of(
        layer.parameters().and(Variables.of(bias)),
        (values, x, pass) -> layer.apply(values, x, pass).plus(values.get(bias.name())));
  }

  private Initializer normal(long seed) {
    return Initializer.normal(Math.sqrt(2.0 / (kernel * kernel * outputs)), seed);
  }

  private Initializer uniform(long seed) {
    return Initializer.uniform(1 / Math.sqrt(kernel * kernel * inputs), seed);
  }
}
