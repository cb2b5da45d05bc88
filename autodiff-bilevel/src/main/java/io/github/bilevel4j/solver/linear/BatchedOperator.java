package io.github.bilevel4j.solver.linear;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import com.google.common.primitives.Ints;
import io.github.bilevel4j.autodiff.Batching;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * An operator of which several products are computed at once, as one {@link Batching batch}, if
 * they can be: not if an operation has no form for a batch, nor if A acts on its argument in a way
 * that the expression of {@code A v} does not show, by variables that are computed from v.
 */
final class BatchedOperator implements LinearOperator {
  /** Elements that one value on the way may have: half a gigabyte in double precision. */
  private static final long MOST_ELEMENTS = 1L << 26;

  private final LinearOperator operator;
  private final Expr direction;
  private final Supplier<Expr> image;
  private final Supplier<Integer> atOnce;

  /**
   * The operator on vectors like a given one.
   *
   * @param means the argument of a variable that holds a mean over the batch
   */
  BatchedOperator(LinearOperator operator, Vector like, Function<Expr, Optional<Vector>> means) {
    this.operator = operator;
    direction = Expr.input("direction", Math.toIntExact(like.dimension()));
    image = Suppliers.memoize(() -> operator.times(like.unflattened(direction)).flattened());
    atOnce = Suppliers.memoize(() -> atOnce(means));
  }

  /** The number of products at once that memory allows; one if they cannot be computed so. */
  int atOnce() {
    return atOnce.get();
  }

  private int atOnce(Function<Expr, Optional<Vector>> means) {
    if (Iterables.any(Expr.nodesOf(List.of(image.get())), node -> hasArgument(node, means))) {
      return 1;
    }
    Expr two = Expr.input("directions", 2, direction.shape().dim(0));
    return batch(two)
        .map(images -> Ints.saturatedCast(Math.max(1, 2 * MOST_ELEMENTS / largest(images, two))))
        .orElse(1);
  }

  private static boolean hasArgument(Expr node, Function<Expr, Optional<Vector>> means) {
    return means.apply(node).filter(mean -> !mean.components().isEmpty()).isPresent();
  }

  /** The number of elements of the largest value that is computed from some nodes. */
  private static long largest(Expr function, Expr from) {
    Set<Expr> dependent = new HashSet<>(Set.of(from));
    long largest = from.shape().size();
    for (Expr node : Expr.nodesOf(List.of(function))) {
      if (!Collections.disjoint(node.inputs(), dependent)) {
        dependent.add(node);
        largest = Math.max(largest, node.shape().size());
      }
    }
    return largest;
  }

  /** {@code A v} for each row v of a matrix, as rows. */
  Expr timesRows(Expr rows) {
    return batch(rows).orElseThrow();
  }

  private Optional<Expr> batch(Expr rows) {
    return Batching.of(component(direction), component(rows)).applyAtOnce(image.get());
  }

  private static Vector component(Expr only) {
    return Vector.of(ImmutableMap.of("direction", only));
  }

  @Override
  public Vector times(Vector v) {
    return operator.times(v);
  }

  @Override
  public Vector transposedTimes(Vector v) {
    return operator.transposedTimes(v);
  }
}
