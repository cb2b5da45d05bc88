package io.github.bilevel4j.expr;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.op.AllSum;

/**
 * Values of several replicas, processes that compute the same expressions on rows of their own. The
 * number of replicas is that of the engine which computes them; with one replica each operation is
 * the identity.
 *
 * <p>What is differentiated is the <em>sum</em> over the replicas of their values: the derivative
 * of a scalar {@code L_r} by an expression is {@code d (L_0 + ... + L_(n-1)) / d x_r}, with one
 * {@code x_r} for each replica. So the adjoint of {@link #allSum} is the {@code allSum} of the
 * adjoints, derivatives of every order are those of the whole, and the gradient by a variable that
 * is equal on all replicas is the {@code allSum} of what each computes.
 *
 * <p>All replicas must compute the same expressions in the same order.
 */
public sealed interface Collectives permits Expr {

  /**
   * {@code sum_r x_r}, the same on all replicas.
   *
   * @throws UsageError if the number of replicas is below one
   */
  default Expr allSum(int replicas) {
    requireReplicas("all sum", replicas);
    return replicas == 1 ? (Expr) this : Expr.of(new AllSum(replicas), (Expr) this);
  }

  /**
   * {@code 1/n sum_r x_r} for n replicas, the same on all.
   *
   * @throws UsageError if the number of replicas is below one
   */
  default Expr allMean(int replicas) {
    return replicas == 1 ? (Expr) this : allSum(replicas).dividedBy(replicas);
  }

  /**
   * The rows (first axis) of all replicas in their order, the same on all: {@code [n, ...] ->
   * [replicas n, ...]}. Its derivatives include what the rows of one replica do to the loss of
   * another.
   *
   * @throws UsageError if this is a scalar, or the number of replicas is below one
   */
  default Expr allGather(int replicas) {
    Expr self = (Expr) this;
    int rows = rows("all gather", self, replicas);
    if ((long) rows * replicas > Integer.MAX_VALUE) {
      throw UsageError.in("all gather")
          .because("%,d rows of each of %,d replicas are more than an axis has", rows, replicas)
          .error();
    }
    return replicas == 1
        ? self
        : self.scatterAdd(own(rows, replicas), rows * replicas).allSum(replicas);
  }

  /**
   * The part of the rows (first axis) that belongs to the replica: {@code [replicas n, ...] -> [n,
   * ...]}, rows {@code r n} to {@code (r + 1) n - 1} on replica r.
   *
   * @throws UsageError if this is a scalar, the number of replicas is below one, or it does not
   *     divide that of the rows
   */
  default Expr ownRows(int replicas) {
    Expr self = (Expr) this;
    int rows = rows("own rows", self, replicas);
    if (rows % replicas != 0) {
      throw UsageError.in("own rows")
          .because("%d rows are not divisible by %d replicas", rows, replicas)
          .row("rows", self.label(), self.shape().toString())
          .maybe("a batch of %d was meant.", Math.max(rows - rows % replicas, replicas));
    }
    return replicas == 1 ? self : self.gather(own(rows / replicas, replicas));
  }

  /** The positions of a replica's rows among those of all. */
  private static Expr own(int rows, int replicas) {
    return Expr.range(rows).plus(Expr.replicaIndex(replicas).times(rows));
  }

  private static int rows(String operation, Expr self, int replicas) {
    requireReplicas(operation, replicas);
    if (self.shape().isScalar()) {
      throw UsageError.in(operation)
          .because("a scalar has no rows")
          .row("operand", self.label(), self.shape().toString())
          .maybe("allSum was meant.");
    }
    return self.shape().dim(0);
  }

  private static void requireReplicas(String operation, int replicas) {
    Require.in(operation).atLeast(1, "number of replicas", replicas);
  }
}
