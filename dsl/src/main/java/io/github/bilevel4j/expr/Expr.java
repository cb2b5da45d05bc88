package io.github.bilevel4j.expr;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Interner;
import com.google.common.collect.Interners;
import com.google.common.graph.Traverser;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Concat;
import io.github.bilevel4j.op.Cond;
import io.github.bilevel4j.op.CustomGradient;
import io.github.bilevel4j.op.Detach;
import io.github.bilevel4j.op.Gradient;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Operand;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * An expression: a primitive applied to expressions, with a shape known when it is written.
 *
 * <p>Expressions are immutable and interned: the same primitive on the same inputs is the same
 * object, so that common subexpressions exist once and identity is equality. An expression knows no
 * device, precision or session; the operations on it are in the interfaces it implements, by theme.
 *
 * <p>Every operation throws {@link IllegalArgumentException} at the caller's line when shapes do
 * not fit, naming the operation, the operands and their shapes.
 */
public final class Expr
    implements Operand,
        Elementwise,
        Reductions,
        Layout,
        Matrices,
        Images,
        Indexing,
        Ordering,
        Collectives {
  private static final Interner<Expr> INTERNER = Interners.newWeakInterner();

  private final Op op;
  private final ImmutableList<Expr> inputs;
  private final String name;
  private final Shape shape;
  private final int hash;

  private Expr(Op op, ImmutableList<Expr> inputs, String name, Shape shape) {
    this.op = op;
    this.inputs = inputs;
    this.name = name;
    this.shape = shape;
    int inputsHash = 1;
    for (Expr input : inputs) {
      inputsHash = 31 * inputsHash + System.identityHashCode(input);
    }
    this.hash = 31 * (31 * op.hashCode() + inputsHash) + name.hashCode();
  }

  /**
   * A primitive applied to inputs. The fluent operations are shorter; this is for derivative rules.
   */
  public static Expr of(Op op, Expr... inputs) {
    return of(op, ImmutableList.copyOf(inputs));
  }

  /** As {@link #of(Op, Expr...)}. */
  public static Expr of(Op op, List<Expr> inputs) {
    return INTERNER.intern(new Expr(op, ImmutableList.copyOf(inputs), "", op.shape(inputs)));
  }

  /** A constant scalar. */
  public static Expr constant(double value) {
    return constant(Array.scalar(value));
  }

  /** A constant array. */
  public static Expr constant(Array value) {
    return of(new Leaf.Constant(value));
  }

  /** An array filled with one number. */
  public static Expr filled(double value, Shape shape) {
    return constant(value).broadcastTo(shape);
  }

  /** The whole numbers {@code 0, 1, ..., count - 1}, shape {@code [count]}. */
  public static Expr range(int count) {
    return constant(Array.fill(Shape.of(count), i -> i));
  }

  /** The identity matrix, shape {@code [size, size]}. */
  public static Expr identity(int size) {
    return filled(1, Shape.of(size)).diagonalMatrix();
  }

  /** A new variable: state that stays on the device between runs. */
  public static Expr variable(String name, Shape shape, Initializer initializer) {
    return of(new Leaf.Variable(name, shape, initializer));
  }

  /**
   * A new variable for what a step computes and later ones read, such as activations of which many
   * products are made (saved tensors in PyTorch, residuals in JAX). Unlike other variables it is no
   * state: it holds nothing before a step assigns it, may be kept in the precision in which the
   * step that is compiled first computes it, and may be empty again when a step that assigns it has
   * failed. An engine refuses to read it then.
   */
  public static Expr kept(String name, Shape shape) {
    return of(Leaf.Variable.keeping(name, shape));
  }

  /** A new variable that starts at the given values. */
  public static Expr variable(String name, Array start) {
    return variable(name, start.shape(), Initializer.of(start));
  }

  /** A new input: a value fed from the host at each run. */
  public static Expr input(String name, int... dims) {
    return of(new Leaf.Input(name, Shape.of(dims)));
  }

  /** A new input that is fed {@linkplain Array#ofSamples 8-bit samples}, its values in [0, 1]. */
  public static Expr samplesInput(String name, int... dims) {
    return of(new Leaf.Input(name, Shape.of(dims), true));
  }

  /**
   * The number of the replica that computes this, a scalar: zero for the first one, and with one
   * replica.
   *
   * @param replicas how many there are, that of the engine
   * @throws UsageError if that is below one
   */
  public static Expr replicaIndex(int replicas) {
    Require.in("replica index").atLeast(1, "number of replicas", replicas);
    return replicas == 1 ? constant(0) : of(new Leaf.ReplicaIndex(replicas));
  }

  /**
   * Expressions of equal rank one after another along an axis.
   *
   * @throws IllegalArgumentException if they differ along another axis
   */
  public static Expr concat(int axis, Expr... parts) {
    if (parts.length == 0) {
      throw UsageError.in("concat").because("there is nothing to join").maybe("a list is empty.");
    }
    return parts.length == 1 ? parts[0] : of(new Concat(parts[0].shape.axis(axis)), parts);
  }

  /** Expressions of equal shape one above another along a new first axis. */
  public static Expr stack(Expr... parts) {
    return concat(0, Arrays.stream(parts).map(part -> part.unsqueezed(0)).toArray(Expr[]::new));
  }

  /**
   * {@code predicate != 0 ? whenTrue : whenFalse}: the whole of one branch, while {@link #where}
   * chooses for each element. Only the chosen branch is computed, also of their derivatives: of
   * what both branches, or a branch and other expressions use, everything.
   *
   * @throws IllegalArgumentException if the predicate is not a scalar, or the shapes of the
   *     branches differ
   */
  public static Expr cond(Expr predicate, Expr whenTrue, Expr whenFalse) {
    return of(new Cond(), predicate, whenTrue, whenFalse);
  }

  /** The primitive. */
  public Op op() {
    return op;
  }

  /** What the primitive is applied to. */
  public ImmutableList<Expr> inputs() {
    return inputs;
  }

  /** The input at a position. */
  public Expr input(int position) {
    return inputs.get(position);
  }

  @Override
  public Shape shape() {
    return shape;
  }

  /** The same value under a name that messages, printouts and the compiled graph show. */
  public Expr named(String newName) {
    return INTERNER.intern(new Expr(op, inputs, newName, shape));
  }

  /** The same primitive on other inputs, under the same name; this, if they are its own. */
  public Expr rebuilt(List<Expr> newInputs) {
    return newInputs.equals(inputs) ? this : of(op, newInputs).named(name);
  }

  /** The name given by the user or the leaf's; empty if there is none. */
  public String name() {
    return name.isEmpty() && isNamedLeaf() ? op.label() : name;
  }

  /** The name, or a short form of the formula. */
  @Override
  public String label() {
    return Printing.label(this);
  }

  /**
   * This expression taken as a constant: nothing is differentiated through it (the stop-gradient of
   * the literature).
   */
  public Expr detached() {
    return op instanceof Leaf.Constant ? this : of(new Detach(), this);
  }

  /**
   * A custom gradient: this value, differentiated to every order as if it were the function, which
   * has the same shape and is not computed. Nothing is differentiated through this value itself.
   *
   * <pre>{@code
   * x.plus(0.5).floor().withGradientOf(x)        // rounds, with slope 1: straight-through
   * y.withGradientOf(g.detached().times(x))      // y, with the adjoint a g in x for a chosen g
   * loss.withGradientOf(loss.plus(auxiliary))    // trains by the auxiliary loss without adding it
   * }</pre>
   *
   * @throws IllegalArgumentException if the shapes differ
   */
  public Expr withGradientOf(Expr function) {
    return equals(function) ? this : of(new CustomGradient(), this, function);
  }

  /**
   * {@code d this / d point} for a scalar expression, in the shape of the point, which may be any
   * expression that this one was built from. The result is an expression like any other and can be
   * differentiated again.
   *
   * @throws IllegalArgumentException if this expression is not a scalar
   */
  public Expr gradient(Expr point) {
    return of(new Gradient(), this, point);
  }

  /** {@link #gradient(Expr)} for each component of a vector. */
  public Vector gradient(Vector point) {
    return point.map(this::gradient);
  }

  /** {@link #gradient(Expr)} for each variable. */
  public Vector gradient(Variables variables) {
    return gradient(variables.vector());
  }

  /** This expression with other values in place of the variables. */
  public Expr substitute(Variables variables, Vector values) {
    return Substitution.of(variables, values).apply(this);
  }

  /** True for a variable. */
  public boolean isVariable() {
    return op instanceof Leaf.Variable;
  }

  /** True for the scalar or array constant that has this value everywhere. */
  boolean isConstant(double value) {
    if (op instanceof Leaf.Constant constant) {
      return shape.isScalar() && constant.value().at(0) == value;
    }
    return op instanceof BroadcastTo && inputs.get(0).isConstant(value);
  }

  private boolean isNamedLeaf() {
    return op instanceof Leaf.Variable || op instanceof Leaf.Input;
  }

  /** All nodes that the given expressions are built from, inputs before the nodes that use them. */
  public static Iterable<Expr> nodesOf(Iterable<Expr> roots) {
    return Traverser.<Expr>forGraph(Expr::inputs).depthFirstPostOrder(roots);
  }

  /** Whether a leaf or node occurs in this expression at all. */
  public boolean contains(Expr node) {
    for (Expr each : nodesOf(List.of(this))) {
      if (each.equals(node)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether this expression varies differentiably with a leaf or node: there is a path to it that
   * no {@link #detached()}, comparison or index interrupts.
   */
  public boolean reaches(Expr node) {
    return Reachability.of(this).reaches(node);
  }

  /** The expression as a short listing, one numbered node per line. */
  public String listing() {
    return Printing.listing(this);
  }

  @Override
  public boolean equals(Object other) {
    // Structural, for the interner only: inputs are interned already, so identity decides.
    if (this == other) {
      return true;
    }
    if (!(other instanceof Expr that)) {
      return false;
    }
    if (hash != that.hash
        || inputs.size() != that.inputs.size()
        || !name.equals(that.name)
        || !Objects.equals(op, that.op)) {
      return false;
    }
    for (int i = 0; i < inputs.size(); i++) {
      if (inputs.get(i) != that.inputs.get(i)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** The name or a short form of the formula, and the shape. */
  @Override
  public String toString() {
    return label() + " " + shape;
  }
}
