package io.github.bilevel4j.backend.tensorflow;

import static io.github.bilevel4j.backend.tensorflow.Rules.rule;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Window;
import io.github.bilevel4j.shape.Shape;
import java.util.function.Consumer;
import org.tensorflow.GraphOperationBuilder;
import org.tensorflow.Output;

/** The two-dimensional convolution and its two adjoints. */
final class ConvolutionRules {
  static final ImmutableMap<Class<? extends Op>, Rule<?>> TABLE =
      Rules.table(
          rule(Convolution.Forward.class, ConvolutionRules::forward),
          rule(Convolution.ImageGradient.class, ConvolutionRules::imageGradient),
          rule(Convolution.FilterGradient.class, ConvolutionRules::filterGradient));

  private ConvolutionRules() {}

  private static Lowered forward(Convolution.Forward op, Expr node, Lowering in) {
    Shape image = node.input(0).shape();
    Shape filter = node.input(1).shape();
    return Lowered.of(
        in.fromFactor(
            in.op(
                "Conv2D",
                geometry(op.window(), image, filter),
                in.factor(node.input(0)),
                in.factor(node.input(1)))),
        node.shape());
  }

  private static Lowered imageGradient(Convolution.ImageGradient op, Expr node, Lowering in) {
    Window window = op.window();
    Shape filter = node.input(0).shape();
    if (isValid(window) || isSame(window, op.image(), filter)) {
      return Lowered.of(imageGradient(window, op.image(), node, in), node.shape());
    }
    // TensorFlow's kernel for explicit borders is up to 30 times slower: cut them off the gradient
    // in the image with its borders instead.
    Shape bordered =
        op.image()
            .withDim(1, op.image().dim(1) + window.top() + window.bottom())
            .withDim(2, op.image().dim(2) + window.left() + window.right());
    Window inside = new Window(window.strideHeight(), window.strideWidth(), 0, 0, 0, 0);
    return Lowered.of(
        in.op(
            "Slice",
            imageGradient(inside, bordered, node, in),
            in.ints(0, window.top(), window.left(), 0),
            in.ints(op.image().toArray())),
        node.shape());
  }

  private static Output<?> imageGradient(Window window, Shape image, Expr node, Lowering in) {
    return in.fromFactor(
        in.op(
            "Conv2DBackpropInput",
            geometry(window, image, node.input(0).shape()),
            in.ints(image.toArray()),
            in.factor(node.input(0)),
            in.factor(node.input(1))));
  }

  private static Lowered filterGradient(Convolution.FilterGradient op, Expr node, Lowering in) {
    Shape image = node.input(0).shape();
    return Lowered.of(
        in.op(
            "Conv2DBackpropFilter",
            geometry(op.window(), image, op.filter()),
            in.value(node.input(0)),
            in.ints(op.filter().toArray()),
            in.value(node.input(1))),
        node.shape());
  }

  private static Consumer<GraphOperationBuilder> geometry(
      Window window, Shape image, Shape filter) {
    return builder -> {
      builder.setAttr("strides", new long[] {1, window.strideHeight(), window.strideWidth(), 1});
      if (isValid(window)) {
        builder.setAttr("padding", "VALID");
      } else if (isSame(window, image, filter)) {
        builder.setAttr("padding", "SAME");
      } else {
        builder
            .setAttr("padding", "EXPLICIT")
            .setAttr(
                "explicit_paddings",
                new long[] {
                  0, 0, window.top(), window.bottom(), window.left(), window.right(), 0, 0
                });
      }
    };
  }

  private static boolean isValid(Window window) {
    return window.top() == 0 && window.bottom() == 0 && window.left() == 0 && window.right() == 0;
  }

  private static boolean isSame(Window window, Shape image, Shape filter) {
    return isSame(image.dim(1), filter.dim(0), window.strideHeight(), window.top(), window.bottom())
        && isSame(image.dim(2), filter.dim(1), window.strideWidth(), window.left(), window.right());
  }

  /**
   * Whether the borders are those that TensorFlow's SAME puts there: {@code ceil(size / stride)}
   * positions, and of the zeros needed for them the smaller half before the image. With stride 2
   * and an even size these are not the usual equal borders.
   */
  private static boolean isSame(int size, int window, int stride, int before, int after) {
    int positions = (size + stride - 1) / stride;
    int border = Math.max((positions - 1) * stride + window - size, 0);
    return before == border / 2 && after == border - border / 2;
  }
}
