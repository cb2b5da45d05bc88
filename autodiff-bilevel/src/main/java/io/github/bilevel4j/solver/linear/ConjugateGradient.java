package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Settings;
import org.immutables.value.Value;

/**
 * Conjugate gradients (Hestenes and Stiefel, 1952) for a symmetric positive definite operator, from
 * zero or a guess, with an optional preconditioner {@code M}:
 *
 * <pre>
 * alpha = r.z / p.Ap      x &lt;- x + a p      r &lt;- r - a A p      z = M^-1 r
 * b = r.z / (its value before)          p &lt;- z + b p
 * </pre>
 *
 * The error falls at least as {@code ((sqrt(c) - 1) / (sqrt(c) + 1))^k} for a condition number c. A
 * direction of curvature {@code p.Ap} that is not positive stops the solve.
 */
@Value.Immutable
@Settings
public abstract class ConjugateGradient extends KrylovMethod {
  static final String RESIDUAL = "residual";
  static final String DIRECTION = "direction";

  /** The measurement {@code a}: with {@link #BETA} the coefficients of the Lanczos recurrence. */
  public static final String ALPHA = "alpha";

  /** The measurement {@code b}. */
  public static final String BETA = "beta";

  private static final String ALIGNMENT = "alignment";

  ConjugateGradient() {}

  /** At most {@code iterations} iterations, each of one product. */
  public static ConjugateGradient steps(int iterations) {
    return ImmutableConjugateGradient.of(iterations);
  }

  /** Stopping early at this residual relative to the right side, 1e-10 by default. */
  public abstract ConjugateGradient tolerance(double tolerance);

  /**
   * With MINRES in its place from the first direction whose curvature is not positive, at which
   * plain conjugate gradients stop with an error. Costs one product an iteration as well, and keeps
   * the vectors of both. MINRES goes on without the preconditioner.
   */
  public LinearSolver safeguarded() {
    return new SafeguardedConjugateGradient(this);
  }

  @Override
  public Iterate start(LinearSystem system) {
    Vector r = system.startingResidual();
    Vector z = system.preconditioned(r);
    return Iterate.at(system.start())
        .with(RESIDUAL, r)
        .with(DIRECTION, z)
        .with(ALIGNMENT, r.dot(z))
        .measuring(Iterate.SQUARED_RESIDUAL, r.squaredNorm());
  }

  @Override
  public Iterate next(LinearSystem system, Iterate now) {
    Vector p = now.vector(DIRECTION);
    Expr alignment = now.tensor(ALIGNMENT);
    Vector product = system.times(p);
    Expr pAp = p.dot(product);
    Expr a = SafeDivision.quotient(alignment, pAp.relu());
    Vector r = now.vector(RESIDUAL).minus(product.times(a));
    Vector z = system.preconditioned(r);
    Expr aligned = r.dot(z);
    Expr b = SafeDivision.quotient(aligned, alignment);
    return Iterate.at(now.solution().plus(p.times(a)))
        .with(RESIDUAL, r)
        .with(DIRECTION, z.plus(p.times(b)))
        .with(ALIGNMENT, aligned)
        .measuring(Iterate.SQUARED_RESIDUAL, r.equals(z) ? aligned : r.squaredNorm())
        .measuring(Iterate.CURVATURE, pAp.dividedBy(p.squaredNorm()))
        .measuring(ALPHA, a)
        .measuring(BETA, b);
  }

  /** Both products of z are zero then, and with them a and the next p. */
  @Override
  boolean isAtRestWhenSolved() {
    return true;
  }

  @Override
  public boolean needsSymmetry() {
    return true;
  }

  @Override
  public boolean usesPreconditioner() {
    return true;
  }

  @Override
  String title() {
    return "conjugate gradient";
  }
}
