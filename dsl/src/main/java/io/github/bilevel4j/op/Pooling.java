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
    /** The shape of what an image is pooled to. */
    public Shape output(Shape image) {
      return new Window(strideHeight, strideWidth, 0, 0, 0, 0)
          .output(image, height, width, image.dim(3));
    }

    private Shape output(String operation, Operand image) {
      OperandChecks.requireExactRank(operation, image, 4, Convolution.IMAGE);
      return output(image.shape());
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
      return geometry.output(label(), operands.get(0));
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
      Operand image = operands.get(0);
      OperandChecks.requireShape(label(), operands.get(1), geometry.output(label(), image));
      return image.shape();
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
      Operand image = operands.get(0);
      OperandChecks.requireShape(label(), operands.get(1), image.shape());
      return geometry.output(label(), image);
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
      return geometry.output(label(), operands.get(0));
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
      OperandChecks.requireShape(label(), operands.get(0), geometry.output(image));
      return image;
    }
  }
}
