package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Settings;
import org.immutables.value.Value;

/**
 * BiCGSTAB (van der Vorst, 1992) for any operator, with a fixed number of vectors:
 *
 * <pre>
 * v = A M^-1 p   a = rho / (s.v)    h = r - a v
 * t = A M^-1 h   w = t.h / t.t      x &lt;- x + M^-1 (a p + w h)   r &lt;- h - w t
 * b = (s.r / rho) (a / w)           p &lt;- r + b (p - w v)        rho = s.r
 * </pre>
 *
 * with a shadow {@code s}, the first residual. Two products in an iteration. The residual may grow
 * for a while; where {@code |s.r|} is below 1e-7 of its bound, the recurrence has broken down and
 * starts anew with the present residual as shadow. {@link Gmres} is safer, but keeps more vectors.
 */
@Value.Immutable
@Settings
public abstract class BiCgStab extends KrylovMethod {
  private static final String NAME = "BiCGSTAB";
  private static final String RESIDUAL = "residual";
  private static final String SHADOW = "shadow";
  private static final String DIRECTION = "direction";
  private static final String ALIGNMENT = "alignment";

  /** The squared cosine between residual and shadow below which the recurrence starts anew. */
  private static final double BROKEN_DOWN = 1e-14;

  BiCgStab() {}

  /** At most {@code iterations} iterations, each of two products. */
  public static BiCgStab steps(int iterations) {
    return ImmutableBiCgStab.of(iterations);
  }

  /** Stopping early at this residual relative to the right side, 1e-10 by default. */
  public abstract BiCgStab tolerance(double tolerance);

  @Override
  public int productsPerIteration() {
    return 2;
  }

  @Override
  public Iterate start(LinearSystem system) {
    Vector r = system.startingResidual();
    return iterate(system.start(), r, r, r, r.squaredNorm(), r.squaredNorm());
  }

  @Override
  public Iterate next(LinearSystem system, Iterate now) {
    Vector p = now.vector(DIRECTION);
    Vector shadow = now.vector(SHADOW);
    Expr rho = now.tensor(ALIGNMENT);

    Vector forward = system.preconditioned(p);
    Vector v = system.times(forward);
    Expr a = SafeDivision.quotient(rho, shadow.dot(v));
    Vector half = now.vector(RESIDUAL).minus(v.times(a));
    Vector aside = system.preconditioned(half);
    Vector t = system.times(aside);
    Expr w = SafeDivision.quotient(t.dot(half), t.squaredNorm());

    Vector x = now.solution().plus(forward.times(a)).plus(aside.times(w));
    Vector r = half.minus(t.times(w));
    Expr squared = r.squaredNorm();
    Expr aligned = shadow.dot(r);
    Expr b = SafeDivision.quotient(aligned, rho).times(SafeDivision.quotient(a, w));
    Vector direction = r.plus(p.minus(v.times(w)).times(b));
    Expr sound =
        aligned
            .squared()
            .greaterThan(shadow.squaredNorm().times(squared).times(BROKEN_DOWN))
            .times(w.equalTo(SafeDivision.ZERO).lessThan(SafeDivision.ONE));
    return iterate(
            x,
            r,
            shadow.zip(r, sound::where),
            direction.zip(r, sound::where),
            sound.where(aligned, squared),
            squared)
        .measuring(
            Iterate.AT_REST, a.equalTo(SafeDivision.ZERO).times(w.equalTo(SafeDivision.ZERO)));
  }

  private static Iterate iterate(
      Vector x, Vector r, Vector shadow, Vector p, Expr rho, Expr squared) {
    return Iterate.at(x)
        .with(RESIDUAL, r)
        .with(SHADOW, shadow)
        .with(DIRECTION, p)
        .with(ALIGNMENT, rho)
        .measuring(Iterate.SQUARED_RESIDUAL, squared);
  }

  @Override
  public boolean usesPreconditioner() {
    return true;
  }

  @Override
  String title() {
    return NAME;
  }
}
