package io.github.bilevel4j.op;

import io.github.bilevel4j.shape.Shape;

/** What a shape rule sees of an input: its shape, and its name for messages. */
public interface Operand {
  /** The static shape. */
  Shape shape();

  /** The name given by the user, or a short form of the formula. */
  String label();
}
