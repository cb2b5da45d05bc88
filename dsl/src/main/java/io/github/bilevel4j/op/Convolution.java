package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * The two-dimensional convolution and its two adjoints, a family closed under differentiation.
 * Images are NHWC {@code [n, height, width, channels]}, filters HWIO {@code [height, width, in,
 * out]}. As everywhere in the field, the filter is not flipped.
 */
public sealed interface Convolution extends Op {

  /** The layout of images. */
  String IMAGE = "[n, height, width, channels]";

  /** The layout of filters. */
  String FILTER = "[height, width, in, out]";

  /** The moving window. */
  Window window();

  /** {@code (image, filter) -> output}. */
  record Forward(Window window) implements Convolution {
    @Override
    public String label() {
      return "conv2d";
    }

    @Override
    public Shape shape(List<? extends Operand> operands) {
      return output(window, operands.get(0), operands.get(1));
    }
  }

  /** The adjoint in the image: {@code (filter, output gradient) -> image gradient}. */
  record ImageGradient(Window window, Shape image) implements Convolution {
    @Override
    public String label() {
      return "conv2d image gradient";
    }

    @Override
    public Shape shape(List<? extends Operand> operands) {
      OperandChecks.requireExactRank(label(), operands.get(0), 4, FILTER);
      Shape filter = operands.get(0).shape();
      requireChannels(label(), image, filter);
      OperandChecks.requireShape(label(), operands.get(1), output(window, image, filter));
      return image;
    }
  }

  /** The adjoint in the filter: {@code (image, output gradient) -> filter gradient}. */
  record FilterGradient(Window window, Shape filter) implements Convolution {
    @Override
    public String label() {
      return "conv2d filter gradient";
    }

    @Override
    public Shape shape(List<? extends Operand> operands) {
      OperandChecks.requireExactRank(label(), operands.get(0), 4, IMAGE);
      Shape image = operands.get(0).shape();
      requireChannels(label(), image, filter);
      OperandChecks.requireShape(label(), operands.get(1), output(window, image, filter));
      return filter;
    }
  }

  private static Shape output(Window window, Operand image, Operand filter) {
    OperandChecks.requireExactRank("conv2d", image, 4, IMAGE);
    OperandChecks.requireExactRank("conv2d", filter, 4, FILTER);
    Shape x = image.shape();
    Shape w = filter.shape();
    if (x.dim(3) != w.dim(2)) {
      UsageError.Message mistake =
          UsageError.in("conv2d")
              .because("the image has %d channels, the filter takes %d", x.dim(3), w.dim(2));
      OperandChecks.row(mistake, "image", image);
      throw OperandChecks.row(mistake, "filter", filter)
          .maybe("the image is not in the order [n, height, width, channels].");
    }
    return output(window, x, w);
  }

  private static void requireChannels(String operation, Shape image, Shape filter) {
    if (image.rank() != 4 || filter.rank() != 4 || image.dim(3) != filter.dim(2)) {
      throw UsageError.in(operation)
          .because("the filter does not take the channels of the image")
          .row("image", image.toString())
          .row("filter", filter.toString())
          .error();
    }
  }

  private static Shape output(Window window, Shape image, Shape filter) {
    return window.output(image, filter.dim(0), filter.dim(1), filter.dim(3));
  }
}
