package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.expr.Vector;
import java.util.function.UnaryOperator;

/**
 * An approximation {@code M} of an operator whose inverse is cheap to apply. What {@link #of}
 * computes from the operator alone is computed once for each solve.
 */
public interface Preconditioner {

  /**
   * {@code r -> M^-1 r}, symmetric and positive definite.
   *
   * @param like a vector with the shapes of the system's
   */
  UnaryOperator<Vector> of(LinearOperator operator, Vector like);

  /** For instance {@code Jacobi, 8 probes}. */
  String description();
}
