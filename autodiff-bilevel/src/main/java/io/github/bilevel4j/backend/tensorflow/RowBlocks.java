package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableList;
import com.google.common.math.LongMath;
import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Binary;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Concat;
import io.github.bilevel4j.op.CustomOp;
import io.github.bilevel4j.op.Detach;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.MatMul;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Power;
import io.github.bilevel4j.op.Random;
import io.github.bilevel4j.op.Reduction;
import io.github.bilevel4j.op.Reshape;
import io.github.bilevel4j.op.Select;
import io.github.bilevel4j.op.Slice;
import io.github.bilevel4j.op.Transpose;
import io.github.bilevel4j.op.Unary;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a tall matrix once where an expression needs it twice: {@code X^T f(X P)}, with f acting on
 * each row by itself, is
 *
 * <pre>
 * sum_b X_b^T f_b(X_b P)        over blocks X_b of rows
 * </pre>
 *
 * so that the second product finds its block in the processor's cache, and blocks are computed side
 * by side. Gradients of generalized linear models and products with their Hessians have this form,
 * also with layers on top. The order of the sums does not depend on threads.
 *
 * <p>A contraction is rewritten if X is larger than {@link #FROM} bytes, its products have few
 * columns, and its other operand is computed from a product with the same X by operations that keep
 * rows apart. What else uses a value that is computed in blocks gets them joined again.
 */
final class RowBlocks {
  /** Bytes below which a core's own cache keeps the matrix from one product to the next. */
  private static final long FROM = 1L << 21;

  /**
   * Bytes of a block: less than the cache that a core has for itself, so that TensorFlow gives each
   * product to one thread.
   */
  private static final long BLOCK = 7L << 17;

  /** Where there are more blocks, their number is a multiple, so that threads get equally many. */
  private static final int TOGETHER = 4;

  /** Rows of a block are a multiple of it, so that each block begins where vector loads may. */
  private static final int ALIGNMENT = 16;

  /** Columns above which products are bound by arithmetic, not by reading X. */
  private static final int MOST_COLUMNS = 8;

  /** The least size of a constant that may be multiplied by others first. */
  private static final double LEAST = 0x1p-24;

  private final int bytes;
  private final long from;
  private final long block;
  private final Map<Expr, Blocks> blocks = new HashMap<>();
  private final Map<Expr, Contraction> contractions = new HashMap<>();
  private final Map<Expr, Computed> inBlocks = new HashMap<>();
  private final Map<Expr, Expr> wholes = new HashMap<>();
  private final Map<Expr, Boolean> bounded = new HashMap<>();

  /** Where each operand of a row-wise operation has its rows. */
  private static final int ALL_ROWS = -1;

  /** A value whose rows are along an axis. */
  private record Rows(Expr node, int axis) {}

  /** A value that is computed block by block. */
  private record Computed(Blocks by, int axis) {}

  /** {@code left^T right}, summed over the rows of both. */
  private record Contraction(Blocks by, int leftAxis, int rightAxis) {}

  private RowBlocks(int bytes, long from, long block) {
    this.bytes = bytes;
    this.from = from;
    this.block = block;
  }

  /**
   * The same values, in blocks where it pays.
   *
   * @param roots without symbolic gradients
   * @param bytes of a number
   */
  static ImmutableList<Expr> of(List<Expr> roots, int bytes) {
    return of(roots, bytes, FROM, BLOCK);
  }

  /** As {@link #of(List, int)}, for matrices of other sizes in bytes, in blocks of another one. */
  static ImmutableList<Expr> of(List<Expr> roots, int bytes, long from, long block) {
    RowBlocks pass = new RowBlocks(bytes, from, block);
    Iterable<Expr> nodes = Expr.nodesOf(roots);
    nodes.forEach(pass::note);
    if (pass.contractions.isEmpty()) {
      return ImmutableList.copyOf(roots);
    }
    for (Expr node : nodes) {
      pass.wholes.put(node, pass.rewritten(node));
    }
    return roots.stream().map(pass.wholes::get).collect(ImmutableList.toImmutableList());
  }

  private void note(Expr node) {
    if (!(node.op() instanceof MatMul product) || node.shape().rank() != 2) {
      return;
    }
    if (product.transposeLeft() && node.shape().dim(1) <= MOST_COLUMNS) {
      noteIfTwice(node, node.input(0), node.input(1), product.transposeRight() ? 1 : 0, true);
    }
    if (!product.transposeRight() && node.shape().dim(0) <= MOST_COLUMNS) {
      noteIfTwice(node, node.input(1), node.input(0), product.transposeLeft() ? 0 : 1, false);
    }
  }

  private void noteIfTwice(Expr node, Expr matrix, Expr other, int axis, boolean isLeft) {
    if (matrix.shape().size() * bytes < from || contractions.containsKey(node)) {
      return;
    }
    Blocks by = blocks.computeIfAbsent(matrix, Blocks::new);
    if (by.isComputed(new Rows(other, axis))) {
      contractions.put(node, isLeft ? new Contraction(by, 0, axis) : new Contraction(by, axis, 0));
      by.claim(other, axis);
    }
  }

  private Expr rewritten(Expr node) {
    Contraction contraction = contractions.get(node);
    if (contraction != null) {
      return contraction.by().contracted(node, contraction.leftAxis(), contraction.rightAxis());
    }
    Computed computed = inBlocks.get(node);
    return computed == null
        ? node.rebuilt(node.inputs().stream().map(wholes::get).toList())
        : computed.by().joined(node, computed.axis());
  }

  /**
   * For each operand of an operation the axis along which it has the rows that the result has along
   * an axis, {@link #ALL_ROWS} if each row needs all of it; empty if rows are mixed.
   */
  private static Optional<int[]> operandAxes(Expr node, int axis) {
    Op op = node.op();
    if (op instanceof Unary
        || op instanceof Power
        || op instanceof Detach
        || op instanceof Binary
        || op instanceof Select
        || op instanceof BroadcastTo) {
      return Optional.of(
          node.inputs().stream().mapToInt(operand -> aligned(node, axis, operand)).toArray());
    }
    if (op instanceof MatMul product && node.shape().rank() == 2) {
      return Optional.of(
          axis == 0
              ? new int[] {product.transposeLeft() ? 1 : 0, ALL_ROWS}
              : new int[] {ALL_ROWS, product.transposeRight() ? 0 : 1});
    }
    if (op instanceof Transpose transpose) {
      return Optional.of(new int[] {transpose.permutation().get(axis)});
    }
    if (op instanceof Reshape) {
      return reshapedFrom(node, axis);
    }
    boolean keepsRows =
        (op instanceof Reduction reduction && !reduction.axes().contains(axis))
            || (op instanceof Concat concat && concat.axis() != axis)
            || (op instanceof Slice && node.shape().dim(axis) == node.input(0).shape().dim(axis));
    return keepsRows
        ? Optional.of(node.inputs().stream().mapToInt(operand -> axis).toArray())
        : Optional.empty();
  }

  /** Operands are aligned at their last axis, and repeated along axes of size one. */
  private static int aligned(Expr node, int axis, Expr operand) {
    int own = axis - (node.shape().rank() - operand.shape().rank());
    return own < 0 || operand.shape().dim(own) != node.shape().dim(axis) ? ALL_ROWS : own;
  }

  private static Optional<int[]> reshapedFrom(Expr node, int axis) {
    Shape from = node.input(0).shape();
    long before = node.shape().sub(0, axis).size();
    for (int own = 0; own < from.rank(); own++) {
      if (from.dim(own) == node.shape().dim(axis) && from.sub(0, own).size() == before) {
        return Optional.of(new int[] {own});
      }
    }
    return Optional.empty();
  }

  /** An operation as it is on fewer rows. */
  private static Op onRows(Op op, int axis, int rows) {
    if (op instanceof BroadcastTo broadcast) {
      return new BroadcastTo(broadcast.target().withDim(axis, rows));
    }
    if (op instanceof Reshape reshape) {
      return new Reshape(reshape.target().withDim(axis, rows));
    }
    return op instanceof Slice slice
        ? new Slice(slice.start(), slice.size().withDim(axis, rows))
        : op;
  }

  /**
   * Whether an expression is a constant of numbers that are zero or of moderate size: a product
   * with them leaves the range of numbers only where it would in any order.
   */
  private boolean isBounded(Expr expression) {
    Boolean known = bounded.get(expression);
    if (known == null) {
      known = isConstant(expression) && isModerate(Interpreter.atStart().evaluate(expression));
      bounded.put(expression, known);
    }
    return known;
  }

  private static boolean isConstant(Expr expression) {
    for (Expr node : Expr.nodesOf(List.of(expression))) {
      boolean varies = node.op() instanceof Random || node.op() instanceof CustomOp;
      if (varies || (node.op() instanceof Leaf && !(node.op() instanceof Leaf.Constant))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isModerate(Array values) {
    for (int i = 0; i < values.size(); i++) {
      double size = Math.abs(values.at(i));
      if (size != 0 && !(size >= LEAST && size <= 1)) {
        return false;
      }
    }
    return true;
  }

  /** The blocks of rows of one matrix. */
  private final class Blocks {
    private final Expr matrix;
    private final ImmutableIntArray ends;
    private final Map<Rows, Boolean> computed = new HashMap<>();
    private final Map<Rows, List<Expr>> parts = new HashMap<>();

    Blocks(Expr matrix) {
      this.matrix = matrix;
      int rows = matrix.shape().dim(0);
      int each = rowsEach(rows, block / ((long) matrix.shape().dim(1) * bytes));
      ImmutableIntArray.Builder all = ImmutableIntArray.builder();
      for (int end = each; end < rows; end += each) {
        all.add(end);
      }
      ends = all.add(rows).build();
    }

    /** The rows of all blocks but the last one, of which there is no more than fits. */
    private static int rowsEach(int rows, long fitting) {
      long most = Math.max(ALIGNMENT, fitting / ALIGNMENT * ALIGNMENT);
      long count = LongMath.divide(rows, most, RoundingMode.CEILING);
      if (count > TOGETHER) {
        count = LongMath.divide(count, TOGETHER, RoundingMode.CEILING) * TOGETHER;
      }
      long even = LongMath.divide(rows, count, RoundingMode.CEILING);
      return (int) LongMath.divide(even, ALIGNMENT, RoundingMode.CEILING) * ALIGNMENT;
    }

    /** Whether rows are computed, each by itself, from a product with the matrix. */
    boolean isComputed(Rows rows) {
      Boolean known = computed.get(rows);
      if (known == null) {
        known =
            operandAxes(rows.node(), rows.axis())
                .filter(axes -> isProduct(rows.node(), axes) || anyComputed(rows.node(), axes))
                .isPresent();
        computed.put(rows, known);
      }
      return known;
    }

    private boolean isProduct(Expr node, int[] axes) {
      if (node.op() instanceof MatMul) {
        int side = axes[0] == ALL_ROWS ? 1 : 0;
        return node.input(side).equals(matrix)
            && axes[side] == 0
            && node.shape().size() <= (long) MOST_COLUMNS * matrix.shape().dim(0);
      }
      return false;
    }

    private boolean anyComputed(Expr node, int[] axes) {
      boolean any = false;
      for (int i = 0; i < axes.length; i++) {
        any |= axes[i] != ALL_ROWS && isComputed(new Rows(node.input(i), axes[i]));
      }
      return any;
    }

    /** Notes what is computed in blocks from now on. */
    void claim(Expr node, int axis) {
      if (isComputed(new Rows(node, axis)) && !inBlocks.containsKey(node)) {
        inBlocks.put(node, new Computed(this, axis));
        int[] axes = operandAxes(node, axis).orElseThrow();
        for (int i = 0; i < axes.length; i++) {
          if (axes[i] != ALL_ROWS) {
            claim(node.input(i), axes[i]);
          }
        }
      }
    }

    Expr contracted(Expr node, int leftAxis, int rightAxis) {
      List<Expr> left = parts(node.input(0), leftAxis);
      List<Expr> right = parts(node.input(1), rightAxis);
      List<Expr> products = new ArrayList<>();
      for (int b = 0; b < ends.length(); b++) {
        products.add(Expr.of(node.op(), left.get(b), right.get(b)).named(node.name()));
      }
      return Expr.concat(0, products.toArray(Expr[]::new))
          .reshape(products.size(), (int) node.shape().size())
          .sum(0)
          .reshape(node.shape());
    }

    Expr joined(Expr node, int axis) {
      return Expr.concat(axis, parts(node, axis).toArray(Expr[]::new));
    }

    private List<Expr> parts(Expr node, int axis) {
      Rows key = new Rows(node, axis);
      List<Expr> known = parts.get(key);
      if (known == null) {
        known =
            isComputed(key)
                ? rebuilt(scaledOnce(node, axis), axis)
                : isRepeated(node, axis) ? rebuilt(node, axis) : cut(wholes.get(node), axis);
        parts.put(key, known);
      }
      return known;
    }

    /** Whether all rows are alike. */
    private boolean isRepeated(Expr node, int axis) {
      return node.op() instanceof BroadcastTo && aligned(node, axis, node.input(0)) == ALL_ROWS;
    }

    private List<Expr> rebuilt(Expr node, int axis) {
      int[] axes = operandAxes(node, axis).orElseThrow();
      List<Expr> rebuilt = new ArrayList<>();
      for (int b = 0; b < ends.length(); b++) {
        List<Expr> operands = new ArrayList<>();
        for (int i = 0; i < axes.length; i++) {
          Expr operand = node.input(i);
          operands.add(axes[i] == ALL_ROWS ? wholes.get(operand) : parts(operand, axes[i]).get(b));
        }
        rebuilt.add(
            Expr.of(onRows(node.op(), axis, ends.get(b) - start(b)), operands).named(node.name()));
      }
      return rebuilt;
    }

    /**
     * {@code a z b c}, where all but z is given, as {@code z (a b c)}: one product for each block
     * instead of several.
     */
    private Expr scaledOnce(Expr node, int axis) {
      List<Expr> factors = new ArrayList<>();
      Expr scaled = node;
      for (Optional<Expr> next = next(node, axis, factors); next.isPresent(); ) {
        scaled = next.get();
        next = next(scaled, axis, factors);
      }
      if (factors.size() < 2) {
        return node;
      }
      Expr factor = factors.stream().map(wholes::get).reduce(Expr::times).orElseThrow();
      wholes.put(factor, factor);
      return scaled.times(factor).named(node.name());
    }

    /**
     * What a product scales by a given factor, which is noted; at most one may be out of bounds.
     */
    private Optional<Expr> next(Expr node, int axis, List<Expr> factors) {
      for (int i = 0; i < 2 && node.op() == Binary.MULTIPLY; i++) {
        Expr factor = node.input(i);
        Expr scaled = node.input(1 - i);
        int rows = aligned(node, axis, factor);
        if (scaled.shape().equals(node.shape())
            && (rows == ALL_ROWS || !isComputed(new Rows(factor, rows)))
            && (isBounded(factor) || factors.stream().allMatch(RowBlocks.this::isBounded))) {
          factors.add(factor);
          return Optional.of(scaled);
        }
      }
      return Optional.empty();
    }

    private List<Expr> cut(Expr whole, int axis) {
      List<Expr> cut = new ArrayList<>();
      for (int b = 0; b < ends.length(); b++) {
        cut.add(whole.slice(axis, start(b), ends.get(b)));
      }
      return cut;
    }

    private int start(int block) {
      return block == 0 ? 0 : ends.get(block - 1);
    }
  }
}
