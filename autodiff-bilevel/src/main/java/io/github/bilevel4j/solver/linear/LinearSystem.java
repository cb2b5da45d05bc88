package io.github.bilevel4j.solver.linear;

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
