package io.github.bilevel4j.backend.tensorflow;

import io.github.bilevel4j.shape.Shape;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/**
 * What a node became. Its shape may be smaller than the node's: then the node's value is this one
 * broadcast, which is left to the consumers as long as they broadcast by themselves. A mask is
 * boolean where the node's value is 0 or 1. In mixed precision the value may be rounded to
 * bfloat16: those that convolutions make, and what is made of them element by element.
 */
record Lowered(Output<?> output, Shape shape, boolean mask) {

  static Lowered of(Output<?> output, Shape shape) {
    return new Lowered(output, shape, false);
  }

  /** Whether it is in bfloat16. */
  boolean isRounded() {
    return output.dataType() == DataType.DT_BFLOAT16;
  }

  static Lowered mask(Output<?> output, Shape shape) {
    return new Lowered(output, shape, true);
  }
}
