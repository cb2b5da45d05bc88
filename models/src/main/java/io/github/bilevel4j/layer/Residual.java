package io.github.bilevel4j.layer;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import java.util.List;

/**
 * {@code y = relu(main(x) + shortcut(x))}, the block of residual networks (He et al. 2016). The
 * shortcut is the identity, or a convolution of one pixel with batch normalization where the main
 * path changes the shape.
 */
public record Residual(Layer main, Layer shortcut) implements Layer {
  private static final int EXPANSION = 4;

  /**
   * The block of ResNet-18 and 34: two convolutions of 3 x 3 pixels with batch normalization, the
   * first with the stride.
   */
  public static LayerSpec basic(int inputs, int outputs, int stride) {
    Sequential main =
        Sequential.empty()
            .then("conv1", square(inputs, outputs).stride(stride))
            .then("bn1", BatchNorm.over(outputs))
            .then("relu", Activation.RELU)
            .then("conv2", square(outputs, outputs))
            .then("bn2", BatchNorm.over(outputs));
    return around(main, inputs, outputs, stride);
  }

  /**
   * The block of ResNet-50 and deeper: convolutions of 1, 3 and 1 pixels a side to {@code width,
   * width, 4 width} channels with batch normalization, the middle one with the stride (as
   * torchvision; the paper has it in the first).
   */
  public static LayerSpec bottleneck(int inputs, int width, int stride) {
    int outputs = EXPANSION * width;
    Sequential main =
        Sequential.empty()
            .then("conv1", Conv.between(inputs, width).bias(false))
            .then("bn1", BatchNorm.over(width))
            .then("relu1", Activation.RELU)
            .then("conv2", square(width, width).stride(stride))
            .then("bn2", BatchNorm.over(width))
            .then("relu2", Activation.RELU)
            .then("conv3", Conv.between(width, outputs).bias(false))
            .then("bn3", BatchNorm.over(outputs));
    return around(main, inputs, outputs, stride);
  }

  private static Conv square(int inputs, int outputs) {
    return Conv.between(inputs, outputs).kernel(3).padding(1).bias(false);
  }

  private static LayerSpec around(Sequential main, int inputs, int outputs, int stride) {
    Sequential projection =
        Sequential.of(
            Conv.between(inputs, outputs).stride(stride).bias(false), BatchNorm.over(outputs));
    LayerSpec shortcut =
        inputs == outputs && stride == 1
            ? Sequential.empty()
            : Sequential.empty().then("downsample", projection);
    return scope -> new Residual(main.init(scope), shortcut.init(scope));
  }

  @Override
  public Variables parameters() {
    return main.parameters().and(shortcut.parameters());
  }

  @Override
  public Variables state() {
    return main.state().and(shortcut.state());
  }

  @Override
  public Vector vector() {
    return BoundLayer.union(List.of(main, shortcut));
  }

  @Override
  public Expr apply(Vector values, Expr x, Pass pass) {
    return main.apply(values, x, pass).plus(shortcut.apply(values, x, pass)).relu();
  }
}
