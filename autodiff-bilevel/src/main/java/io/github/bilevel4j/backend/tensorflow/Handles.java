package io.github.bilevel4j.backend.tensorflow;

import io.github.bilevel4j.op.Leaf;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/** Where a graph finds what stays on the device. */
interface Handles {

  /** The resource of a leaf that is kept. */
  Output<?> handle(Leaf leaf);

  /** The type of the numbers in it. */
  DataType type(Leaf leaf);

  /** Keeps a {@linkplain Leaf.Variable#isKept kept} value in bfloat16, unless it exists already. */
  void round(Leaf.Variable kept);
}
