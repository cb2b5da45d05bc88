package io.github.bilevel4j.backend.tensorflow;

import io.github.bilevel4j.op.Leaf;
import org.tensorflow.Output;

/** Where a graph finds what stays on the device. */
interface Handles {

  /** The resource of a leaf that is kept. */
  Output<?> handle(Leaf leaf);
}
