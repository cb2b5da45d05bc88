package io.github.bilevel4j.op;

import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Random;

/**
 * The first value of a variable. Draws are made on the host in double precision, so that the same
 * seed gives the same start on every device and in every precision.
 */
@FunctionalInterface
public interface Initializer {

  /** The first value of a variable of the given shape. */
  Array values(Shape shape);

  /** All elements equal to a constant; an engine can make it without the host's array. */
  record Filled(double value) implements Initializer {
    @Override
    public Array values(Shape shape) {
      return Array.fill(shape, i -> value);
    }
  }

  /** All elements equal to a constant. */
  static Initializer constant(double value) {
    return new Filled(value);
  }

  /** All elements zero. */
  static Initializer zeros() {
    return constant(0);
  }

  /** All elements one. */
  static Initializer ones() {
    return constant(1);
  }

  /** Independent draws from a normal distribution with mean zero. */
  static Initializer normal(double standardDeviation, long seed) {
    return shape -> {
      Random random = new Random(seed);
      return Array.fill(shape, i -> standardDeviation * random.nextGaussian());
    };
  }

  /** Independent draws from the uniform distribution on {@code [-bound, bound)}. */
  static Initializer uniform(double bound, long seed) {
    return shape -> {
      Random random = new Random(seed);
      return Array.fill(shape, i -> bound * (2 * random.nextDouble() - 1));
    };
  }

  /** Given values, whose shape must be the variable's. */
  static Initializer of(Array values) {
    return shape -> Array.wrap(shape, values.toDoubles());
  }
}
