package io.github.bilevel4j.solver.linear;

/**
 * Methods that form the matrix, one column an iteration, and factorize it: exact up to rounding
 * after as many products as the system has dimensions. The iterations of one run of the device take
 * their columns as one batch, unless A has a convolution or pooling in it or is accumulated over
 * micro-batches. Each run also touches the whole matrix a few times, {@code O(d^2)}, so that they
 * are for small problems; a dimension above the {@link #limit} is refused when the solver is built.
 */
public sealed interface DirectSolver extends LinearSolver permits Dense {
  /** The limit unless another is set. */
  long LIMIT = 5000;

  /**
   * By Cholesky decomposition, for a symmetric positive definite operator. A pivot that is clearly
   * negative stops the solve with an error; one that is zero but for rounding is an error unless
   * the solution satisfies the system.
   */
  static DirectSolver cholesky() {
    return new DenseCholesky(LIMIT);
  }

  /**
   * By LU decomposition with partial pivoting, for any invertible operator. A column that is a
   * combination of those before it but for rounding is an error unless the solution satisfies the
   * system. Keeps three matrices of the operator's size.
   */
  static DirectSolver lu() {
    return new DenseLu(LIMIT);
  }

  /** The same for dimensions up to a limit, 5000 by default. */
  DirectSolver limit(long dimension);

  @Override
  default String indefiniteAlternative() {
    return "DirectSolver.lu()";
  }
}
