package io.github.bilevel4j.autodiff;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Seeded arrays for tests. */
public final class Draws {
  private final Random random;

  private Draws(long seed) {
    this.random = new Random(seed);
  }

  /** The draws of a seed. */
  public static Draws seed(long seed) {
    return new Draws(seed);
  }

  /** Normal with mean 0 and variance 1. */
  public Array normal(int... dims) {
    return Array.fill(Shape.of(dims), i -> random.nextGaussian());
  }

  /** Uniform on [low, high). */
  public Array uniform(double low, double high, int... dims) {
    return Array.fill(Shape.of(dims), i -> low + (high - low) * random.nextDouble());
  }

  /** Of either sign, with absolute values in [0.3, 1.3). */
  public Array awayFromZero(int... dims) {
    return Array.fill(
        Shape.of(dims), i -> (0.3 + random.nextDouble()) * (random.nextBoolean() ? 1 : -1));
  }

  /** Shuffled numbers {@code offset + 0.1 k}, no two of them closer than 0.1. */
  public Array spread(double offset, int... dims) {
    Shape shape = Shape.of(dims);
    List<Integer> steps = new ArrayList<>(IntStream.range(0, (int) shape.size()).boxed().toList());
    Collections.shuffle(steps, random);
    return Array.fill(shape, i -> offset + 0.1 * (steps.get(i) - steps.size() / 2));
  }

  /** Symmetric positive definite matrices. */
  public Array positiveDefinite(int... dims) {
    Expr factor = Expr.constant(normal(dims));
    return Interpreter.atStart().evaluate(factor.rowGram().plusDiagonal(dims[dims.length - 1]));
  }

  /** Whole numbers {@code 0 .. count-1}. */
  public Array indices(int count, int... dims) {
    return Array.fill(Shape.of(dims), i -> random.nextInt(count));
  }

  /** Normal constants in the shapes of a vector. */
  public Vector constantsLike(Vector vector) {
    return vector.map(c -> Expr.constant(normal(c.shape().toArray())));
  }
}
