package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A system {@code A x = b}.
 *
 * @param operator {@code A}
 * @param right {@code b}
 * @param guess where to start; zero if there is none
 * @param preconditioner {@code r -> M^-1 r} for a symmetric positive definite {@code M} near {@code
 *     A}
 */
public record LinearSystem(
    LinearOperator operator,
    Vector right,
    Optional<Vector> guess,
    UnaryOperator<Vector> preconditioner) {

  /** The system without guess and preconditioner. */
  public static LinearSystem of(LinearOperator operator, Vector right) {
    return new LinearSystem(operator, right, Optional.empty(), r -> r);
  }

  /** {@code A v}. */
  public Vector times(Vector v) {
    return operator.times(v);
  }

  /** {@code A v} for each row v of a matrix {@code [count, d]}, as rows. */
  Expr timesRows(Expr rows) {
    int count = rows.shape().dim(0);
    if (count > 1 && operator instanceof BatchedOperator batched && batched.atOnce() > 1) {
      return batched.timesRows(rows);
    }
    Expr[] images = new Expr[count];
    for (int k = 0; k < count; k++) {
      images[k] = times(right.unflattened(rows.at(0, k))).flattened();
    }
    return Expr.stack(images);
  }

  /** {@code A^T v}. */
  public Vector transposedTimes(Vector v) {
    return operator.transposedTimes(v);
  }

  /** {@code M^-1 r}, or r itself. */
  public Vector preconditioned(Vector r) {
    return preconditioner.apply(r);
  }

  /** The same system with another operator. */
  LinearSystem with(LinearOperator other) {
    return new LinearSystem(other, right, guess, preconditioner);
  }

  /** The number of unknowns. */
  int dimension() {
    return Math.toIntExact(right.dimension());
  }

  /** The first solution: the guess, or zero. */
  public Vector start() {
    return guess.orElseGet(right::zeros);
  }

  /** {@code b - A x} at the first solution x; without a guess it costs no product. */
  public Vector startingResidual() {
    return guess.map(x -> right.minus(times(x))).orElse(right);
  }
}
