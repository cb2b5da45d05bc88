package io.github.bilevel4j.op;

import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * Max and average pooling over windows of NHWC images without padding, with their adjoints: a
 * family closed under differentiation.
 */
public sealed interface Pooling extends Op {

  /** Size and strides of the pooling window. */
  record Geometry(int height, int width, int strideHeight, int strideWidth) {
    Shape output(Shape image) {
      Window window = new Window(strideHeight, strideWidth, 0, 0, 0, 0);
      return Shape.of(
          image.dim(0),
          window.outputHeight(image.dim(1), height),
          window.outputWidth(image.dim(2), width),
          image.dim(3));
    }
  }

  /** The pooling window. */
  Geometry geometry();

  /** The largest element of each window: {@code image -> output}. */
  record Max(Geometry geometry) implements Pooling {
    @Override
    public String label() {
      return "max pool";
    }

    @Override
    public Shape shape(List<? extends Operand> operands) {
      OperandChecks.requireExactRank(label(), operands.get(0), 4, "[n, height, width, channels]");
      return geometry.output(operands.get(0).shape());
    }
  }

  /**
   * The adjoint of {@link MaxGather}: {@code (image, output) -> image}, each output element put
   * where its window has its largest image element, and added up.
   */
  record MaxScatter(Geometry geometry) implements Pooling {
    @Override
    public String label() {
      return "max pool scatter";
    }

    @Override
    public Shape shape(List<? extends Operand> operands) {
      return operands.get(0).shape();
    }

    @Override
    public boolean isDifferentiableIn(int input) {
      return input == 1;
    }
  }

  /**
   * {@code (image, other) -> output}: of each window the element of {@code other} found where the
   * image is largest.
   */
  record MaxGather(Geometry geometry) implements Pooling {
    @Override
    public String label() {
      return "max pool gather";
    }

    @Override
    public Shape shape(List<? extends Operand> operands) {
      return geometry.output(operands.get(0).shape());
    }

    @Override
    public boolean isDifferentiableIn(int input) {
      return input == 1;
    }
  }

  /** The mean of each window: {@code image -> output}. */
  record Average(Geometry geometry) implements Pooling {
    @Override
    public String label() {
      return "average pool";
    }

    @Override
    public Shape shape(List<? extends Operand> operands) {
      OperandChecks.requireExactRank(label(), operands.get(0), 4, "[n, height, width, channels]");
      return geometry.output(operands.get(0).shape());
    }
  }

  /** The adjoint of {@link Average}: {@code output gradient -> image gradient}. */
  record AverageGradient(Geometry geometry, Shape image) implements Pooling {
    @Override
    public String label() {
      return "average pool gradient";
    }

    @Override
    public Shape shape(List<? extends Operand> operands) {
      return image;
    }
  }
}
