package io.github.bilevel4j.autodiff;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.Ints;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.AllSum;
import io.github.bilevel4j.op.ArgMax;
import io.github.bilevel4j.op.BandPart;
import io.github.bilevel4j.op.Binary;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Cholesky;
import io.github.bilevel4j.op.Concat;
import io.github.bilevel4j.op.Cond;
import io.github.bilevel4j.op.CumulativeSum;
import io.github.bilevel4j.op.CustomGradient;
import io.github.bilevel4j.op.Detach;
import io.github.bilevel4j.op.Gather;
import io.github.bilevel4j.op.MatMul;
import io.github.bilevel4j.op.MatrixSolve;
import io.github.bilevel4j.op.OneHot;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Pad;
import io.github.bilevel4j.op.Power;
import io.github.bilevel4j.op.Random;
import io.github.bilevel4j.op.Reduction;
import io.github.bilevel4j.op.Reshape;
import io.github.bilevel4j.op.Reverse;
import io.github.bilevel4j.op.ScatterAdd;
import io.github.bilevel4j.op.Select;
import io.github.bilevel4j.op.Slice;
import io.github.bilevel4j.op.Sort;
import io.github.bilevel4j.op.Transpose;
import io.github.bilevel4j.op.TriangularSolve;
import io.github.bilevel4j.op.Unary;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Expressions for a whole batch of values at once (the vectorizing map of JAX, {@code vmap}): where
 * an expression is built from some nodes, the same with each of them replaced by {@code n} values,
 * stacked along a new first axis, is built from one node for each of the expression's. What does
 * not depend on them exists once, for all.
 *
 * <p>Convolutions, pooling, and rows at positions where table and positions are both batched have
 * no form with one more axis: of these there is one node for each value.
 */
public final class Batching {
  private final int size;
  private final Map<Expr, Expr> batched = new HashMap<>();
  private final Set<Expr> alike = new HashSet<>();

  private Batching(int size) {
    this.size = size;
  }

  /**
   * The batch that replaces the components of a point by values of the same names, each with one
   * more first axis.
   *
   * @throws IllegalArgumentException if names or shapes do not fit, or there are no components
   */
  public static Batching of(Vector point, Vector values) {
    if (point.components().isEmpty()
        || !point.components().keySet().equals(values.components().keySet())) {
      throw UsageError.in("batching")
          .because("point and values do not have the same components")
          .row("point", point.components().keySet().toString())
          .row("values", values.components().keySet().toString())
          .maybe("one of them belongs to other variables.");
    }
    Shape first = values.components().values().iterator().next().shape();
    Batching batching = new Batching(first.isScalar() ? 0 : first.dim(0));
    point
        .components()
        .forEach(
            (name, component) -> {
              Expr value = values.get(name);
              if (!value.shape().equals(batching.stacked(component.shape()))) {
                throw UsageError.in("batching")
                    .because("the values of component \"%s\" do not fit", name)
                    .row("component", component.label(), component.shape().toString())
                    .row("values", value.label(), value.shape().toString())
                    .maybe("they should be %s.", batching.stacked(component.shape()));
              }
              batching.batched.put(component, value);
            });
    return batching;
  }

  /** The batch that replaces an expression of shape {@code [n]} by the unit vectors. */
  public static Batching ofUnits(Expr direction) {
    return of(only(direction), only(Expr.identity(direction.shape().dim(0))));
  }

  private static Vector only(Expr component) {
    return Vector.of(ImmutableMap.of("direction", component));
  }

  /**
   * The values of an expression for the whole batch, {@code [n, ...]}. Symbolic gradients are
   * expanded first.
   *
   * @throws IllegalArgumentException if a random draw depends on the batch
   */
  public Expr apply(Expr expression) {
    return apply(expression, node -> Optional.of(eachByItself(node))).orElseThrow();
  }

  /** As {@link #apply(Expr)}, but empty where that takes one node for each value. */
  public Optional<Expr> applyAtOnce(Expr expression) {
    return apply(expression, node -> Optional.empty());
  }

  private Optional<Expr> apply(Expr expression, Function<Expr, Optional<Expr>> withoutForm) {
    Expr root = Derivatives.expand(expression);
    for (Expr node : Expr.nodesOf(List.of(root))) {
      if (!batched.containsKey(node) && !alike.contains(node)) {
        if (node.inputs().stream().anyMatch(batched::containsKey)) {
          Optional<Expr> values =
              Composition.exists(node)
                  ? apply(Composition.of(node), withoutForm)
                  : rebuilt(node).or(() -> withoutForm.apply(node));
          if (values.isEmpty()) {
            return values;
          }
          batched.put(node, values.get());
        } else {
          alike.add(node);
        }
      }
    }
    return Optional.of(stacked(root));
  }

  /** {@link #apply(Expr)} of all components. */
  public Vector apply(Vector vector) {
    return vector.map(this::apply);
  }

  /** A node's values; those that are alike are repeated. */
  private Expr stacked(Expr node) {
    Expr known = batched.get(node);
    return known == null ? node.broadcastTo(stacked(node.shape())) : known;
  }

  private Shape stacked(Shape shape) {
    return Shape.of(size).concat(shape);
  }

  /** The values of a node by one node, if it has such a form. */
  private Optional<Expr> rebuilt(Expr node) {
    Op op = node.op();
    if (op instanceof Unary || op instanceof Power || op instanceof Detach) {
      return Optional.of(Expr.of(op, stacked(node.input(0))));
    }
    if (op instanceof Binary) {
      return Optional.of(Expr.of(op, aligned(node, 0), aligned(node, 1)));
    }
    if (op instanceof MatMul matMul) {
      return Optional.of(product(matMul, node));
    }
    if (op instanceof Gather && !batched.containsKey(node.input(1))) {
      // The batch stands behind the rows that are chosen among, before what is in a row.
      return Optional.of(
          rowsFirst(node.input(0), 1)
              .gather(node.input(1))
              .permuted(moved(node.shape().rank() + 1, node.input(1).shape().rank(), 0)));
    }
    if (op instanceof Gather && !batched.containsKey(node.input(0))) {
      return Optional.of(node.input(0).gather(stacked(node.input(1))));
    }
    if (op instanceof ScatterAdd scatter && !batched.containsKey(node.input(1))) {
      return Optional.of(
          rowsFirst(node.input(0), node.input(1).shape().rank())
              .scatterAdd(node.input(1), scatter.rows())
              .permuted(moved(node.shape().rank() + 1, 1, 0)));
    }
    if (op instanceof BroadcastTo broadcast) {
      return Optional.of(aligned(node, 0).broadcastTo(stacked(broadcast.target())));
    }
    if (op instanceof Cond && !batched.containsKey(node.input(0))) {
      return Optional.of(Expr.cond(node.input(0), stacked(node.input(1)), stacked(node.input(2))));
    }
    return withOneMoreAxis(op)
        .map(
            withBatch ->
                Expr.of(
                    withBatch,
                    node.inputs().stream()
                        .map(this::stacked)
                        .collect(ImmutableList.toImmutableList())));
  }

  /** The primitive that does the same behind one more axis, if there is one. */
  private Optional<Op> withOneMoreAxis(Op op) {
    if (op instanceof Select
        || op instanceof OneHot
        || op instanceof BandPart
        || op instanceof Cholesky
        || op instanceof TriangularSolve
        || op instanceof MatrixSolve
        || op instanceof CustomGradient
        || op instanceof AllSum
        || op instanceof Sort) {
      return Optional.of(op);
    }
    if (op instanceof Reduction reduction) {
      return Optional.of(
          new Reduction(
              reduction.kind(),
              reduction.axes().stream()
                  .map(axis -> axis + 1)
                  .collect(ImmutableSortedSet.toImmutableSortedSet(Integer::compare))));
    }
    if (op instanceof ArgMax argMax) {
      return Optional.of(new ArgMax(argMax.axis() + 1));
    }
    if (op instanceof CumulativeSum sum) {
      return Optional.of(new CumulativeSum(sum.axis() + 1, sum.exclusive(), sum.reverse()));
    }
    if (op instanceof Reverse reverse) {
      return Optional.of(new Reverse(reverse.axis() + 1));
    }
    if (op instanceof Concat concat) {
      return Optional.of(new Concat(concat.axis() + 1));
    }
    if (op instanceof Reshape reshape) {
      return Optional.of(new Reshape(stacked(reshape.target())));
    }
    if (op instanceof Slice slice) {
      return Optional.of(new Slice(behind(0, slice.start(), 0), stacked(slice.size())));
    }
    if (op instanceof Pad pad) {
      return Optional.of(
          new Pad(behind(0, pad.before(), 0), behind(0, pad.after(), 0), pad.value()));
    }
    if (op instanceof Transpose transpose) {
      return Optional.of(new Transpose(behind(0, transpose.permutation(), 1)));
    }
    return Optional.empty();
  }

  private static ImmutableIntArray behind(int first, ImmutableIntArray others, int shift) {
    return ImmutableIntArray.builder(others.length() + 1)
        .add(first)
        .addAll(others.stream().map(other -> other + shift))
        .build();
  }

  /** An operand whose axes are aligned at their last with those of the node's other values. */
  private Expr aligned(Expr node, int input) {
    Expr operand = node.input(input);
    Expr values = batched.get(operand);
    if (values == null) {
      return operand;
    }
    int missing = node.shape().rank() - operand.shape().rank();
    int[] dims = new int[missing];
    Arrays.fill(dims, 1);
    return values.reshape(stacked(Shape.of(dims).concat(operand.shape())).toArray());
  }

  /**
   * A batch of matrices times one matrix, or the reverse, is one product: of all rows, or with all
   * columns, of the batch.
   */
  private Expr product(MatMul op, Expr node) {
    Expr left = batched.get(node.input(0));
    Expr right = batched.get(node.input(1));
    if (node.shape().rank() > 2 || (left != null && right != null)) {
      return Expr.of(op, stacked(node.input(0)), stacked(node.input(1)));
    }
    int rows = node.shape().dim(0);
    int columns = node.shape().dim(1);
    if (right == null) {
      Expr byRows = op.transposeLeft() ? left.permuted(0, 2, 1) : left;
      return Expr.of(
              new MatMul(false, op.transposeRight()),
              byRows.reshape(-1, byRows.shape().dim(-1)),
              node.input(1))
          .reshape(size, rows, columns);
    }
    Expr byRows = op.transposeRight() ? right : right.permuted(0, 2, 1);
    return Expr.of(
            new MatMul(op.transposeLeft(), true),
            node.input(0),
            byRows.reshape(-1, byRows.shape().dim(-1)))
        .reshape(rows, size, columns)
        .permuted(1, 0, 2);
  }

  /** Values with the axis of the batch behind some others. */
  private Expr rowsFirst(Expr node, int others) {
    Expr values = stacked(node);
    return values.permuted(moved(values.shape().rank(), 0, others));
  }

  /** The permutation that moves one axis to another place. */
  private static int[] moved(int rank, int from, int to) {
    List<Integer> axes = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
    axes.add(to, axes.remove(from));
    return Ints.toArray(axes);
  }

  private Expr eachByItself(Expr node) {
    if (node.op() instanceof Random) {
      throw UsageError.in("batching")
          .because("random draws depend on the batch")
          .row("draws", node.label(), node.shape().toString())
          .row("counter", node.input(0).label(), "")
          .maybe("a key's counter should be the same for the whole batch.");
    }
    Expr[] each = new Expr[size];
    for (int i = 0; i < size; i++) {
      int position = i;
      each[i] =
          Expr.of(
              node.op(),
              node.inputs().stream()
                  .map(input -> valueOf(input, position))
                  .collect(ImmutableList.toImmutableList()));
    }
    return Expr.stack(each);
  }

  private Expr valueOf(Expr node, int position) {
    Expr values = batched.get(node);
    return values == null
        ? node
        : values.slice(0, position, position + 1).reshape(node.shape().toArray());
  }
}
