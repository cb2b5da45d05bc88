package io.github.bilevel4j.op;

import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/** A primitive without inputs. */
public sealed interface Leaf extends Op {

  /** The static shape. */
  Shape shape();

  @Override
  default Shape shape(List<? extends Operand> operands) {
    return shape();
  }

  /** A constant array. */
  record Constant(Array value) implements Leaf {
    @Override
    public Shape shape() {
      return value.shape();
    }

    @Override
    public String label() {
      return value.toString();
    }
  }

  /**
   * State that stays on the device between runs. Two variables are never equal, even if their names
   * are.
   */
  final class Variable implements Leaf {
    private final String label;
    private final Shape shape;
    private final Initializer initializer;
    private final boolean kept;

    /** A variable of the given name and shape. */
    public Variable(String label, Shape shape, Initializer initializer) {
      this(label, shape, initializer, false);
    }

    private Variable(String label, Shape shape, Initializer initializer, boolean kept) {
      this.label = label;
      this.shape = shape;
      this.initializer = initializer;
      this.kept = kept;
    }

    /** A variable that holds what a step computes for later ones, see {@link #isKept}. */
    public static Variable keeping(String label, Shape shape) {
      return new Variable(label, shape, Initializer.zeros(), true);
    }

    /**
     * Whether it holds what one step computes for later ones, and nothing before. An engine may
     * keep it in the lower precision in which it is computed, and free it whenever the step that
     * computes it begins again.
     */
    public boolean isKept() {
      return kept;
    }

    @Override
    public String label() {
      return label;
    }

    @Override
    public Shape shape() {
      return shape;
    }

    /** What it holds before the first step. */
    public Initializer initializer() {
      return initializer;
    }
  }

  /**
   * The number of the replica that computes it, a scalar, counted from zero ({@code axis_index} in
   * JAX).
   *
   * @param replicas how many there are
   */
  record ReplicaIndex(int replicas) implements Leaf {
    @Override
    public Shape shape() {
      return Shape.scalar();
    }

    @Override
    public String label() {
      return "replica index";
    }
  }

  /** A value that is fed from the host at each run. Two inputs are never equal. */
  final class Input implements Leaf {
    private final String label;
    private final Shape shape;
    private final boolean ofSamples;

    /** An input of the given name and shape. */
    public Input(String label, Shape shape) {
      this(label, shape, false);
    }

    /**
     * An input of the given name and shape.
     *
     * @param ofSamples whether it is fed 8-bit samples
     */
    public Input(String label, Shape shape, boolean ofSamples) {
      this.label = label;
      this.shape = shape;
      this.ofSamples = ofSamples;
    }

    /** Whether it is fed 8-bit samples, which stay bytes on their way to the device. */
    public boolean ofSamples() {
      return ofSamples;
    }

    @Override
    public String label() {
      return label;
    }

    @Override
    public Shape shape() {
      return shape;
    }
  }
}
