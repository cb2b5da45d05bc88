package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Settings;
import org.immutables.value.Value;

/**
 * Conjugate gradients on the normal equations {@code A^T A x = A^T b} (CGNR; Hestenes and Stiefel,
 * 1952, section 10), for any invertible operator, symmetric or not:
 *
 * <pre>
 * w = A p   a = z.z / w.w   x &lt;- x + a p   r &lt;- r - a w   z = A^T r
 * b = z.z / (its value before)             p &lt;- z + b p
 * </pre>
 *
 * The residual {@code r = b - A x}, that of the system as given, never grows. Two products in an
 * iteration, and convergence by the square of the condition number: {@link ConjugateGradient} for a
 * positive definite operator and {@link Minres} for a symmetric one are cheaper.
 */
@Value.Immutable
@Settings
public abstract class NormalEquations extends KrylovMethod {
  private static final String NAME = "conjugate gradient on the normal equations";
  private static final String RESIDUAL = "residual";
  private static final String DIRECTION = "direction";
  private static final String ALIGNMENT = "alignment";

  NormalEquations() {}

  /** At most {@code iterations} iterations, each of two products. */
  public static NormalEquations steps(int iterations) {
    return ImmutableNormalEquations.of(iterations);
  }

  /** Stopping early at this residual relative to the right side, 1e-10 by default. */
  public abstract NormalEquations tolerance(double tolerance);

  @Override
  public int productsPerIteration() {
    return 2;
  }

  @Override
  public Iterate start(LinearSystem system) {
    Vector r = system.startingResidual();
    Vector z = system.transposedTimes(r);
    return iterate(system.start(), r, z, z.squaredNorm());
  }

  @Override
  public Iterate next(LinearSystem system, Iterate now) {
    Vector p = now.vector(DIRECTION);
    Expr alignment = now.tensor(ALIGNMENT);
    Vector w = system.times(p);
    Expr a = SafeDivision.quotient(alignment, w.squaredNorm());
    Vector r = now.vector(RESIDUAL).minus(w.times(a));
    Vector z = system.transposedTimes(r);
    Expr aligned = z.squaredNorm();
    Vector direction = z.plus(p.times(SafeDivision.quotient(aligned, alignment)));
    return iterate(now.solution().plus(p.times(a)), r, direction, aligned);
  }

  private static Iterate iterate(Vector x, Vector r, Vector p, Expr alignment) {
    return Iterate.at(x)
        .with(RESIDUAL, r)
        .with(DIRECTION, p)
        .with(ALIGNMENT, alignment)
        .measuring(Iterate.SQUARED_RESIDUAL, r.squaredNorm());
  }

  @Override
  String title() {
    return NAME;
  }
}
