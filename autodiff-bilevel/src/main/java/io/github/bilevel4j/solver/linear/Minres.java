package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Settings;
import java.util.Arrays;
import org.immutables.value.Value;

/**
 * MINRES (Paige and Saunders, 1975) for a symmetric operator, definite or not. The Lanczos process
 *
 * <pre>
 * beta' v' = A v - alpha v - beta v_before,   alpha = v.A v,   |v| = |v'| = 1
 * </pre>
 *
 * builds a tridiagonal matrix, made triangular by one Givens rotation an iteration; the iterate has
 * the smallest residual {@code ||b - A x||} of the Krylov space, which therefore never grows. One
 * product an iteration; for a positive definite operator convergence is that of {@link
 * ConjugateGradient}, for an indefinite one that of the squared condition number in half the steps.
 *
 * <p>The iterate moves along directions m with {@code |A m| = 1}. Where the operator is singular
 * and b outside its range, the residual ends at the part that no x can reach, and the next m is as
 * long as rounding allows (Choi, Paige and Saunders, 2011). The iterate therefore stays where it is
 * from the first m on with {@code |m| > u^(-2/3) / |A|}, u being the precision; and from where the
 * residual has come down to rounding.
 *
 * <p>The curvatures reported are those along the directions of conjugate gradients, {@code d / n}
 * with {@code d = alpha - beta^2 / d_before} and {@code n = 1 + (beta / d_before)^2 n_before}. One
 * that is not positive says that the operator is not positive definite, but does not stop the
 * solve.
 */
@Value.Immutable
@Settings
public abstract class Minres extends KrylovMethod {
  private static final String NAME = "MINRES";
  private static final double ROUNDINGS = 16;

  /** The power of the precision down to which the operator may shrink a direction. */
  private static final double SHRINKING = 2.0 / 3;

  static final String BASIS = "Lanczos vector";
  private static final String LAST_BASIS = "last Lanczos vector";
  private static final String MOVE = "move";
  private static final String LAST_MOVE = "last move";
  private static final String ROTATION = "rotation";

  Minres() {}

  /** At most {@code iterations} iterations, each of one product. */
  public static Minres steps(int iterations) {
    return ImmutableMinres.of(iterations);
  }

  /** Stopping early at this residual relative to the right side, 1e-10 by default. */
  public abstract Minres tolerance(double tolerance);

  /**
   * What the recurrence keeps in numbers: the signed residual, two rotations, of the direction of
   * conjugate gradients the curvature d and the squared length n, the operator's size as far as it
   * is known, the first residual, and whether the iterate has come to rest.
   */
  private record Rotation(
      Expr beta,
      Expr residual,
      Expr cosine,
      Expr sine,
      Expr lastCosine,
      Expr lastSine,
      Expr pivot,
      Expr length,
      Expr size,
      Expr first,
      Expr resting) {

    static Rotation of(Expr kept) {
      Expr[] e = new Expr[kept.shape().dim(0)];
      Arrays.setAll(e, i -> kept.at(0, i));
      return new Rotation(e[0], e[1], e[2], e[3], e[4], e[5], e[6], e[7], e[8], e[9], e[10]);
    }

    static Rotation none(Expr residual) {
      Expr zero = SafeDivision.ZERO;
      Expr one = SafeDivision.ONE;
      return new Rotation(zero, residual, one, zero, one, zero, one, one, zero, residual, zero);
    }

    /** All in one tensor, {@code [11]}. */
    Expr kept() {
      return Expr.stack(
          beta, residual, cosine, sine, lastCosine, lastSine, pivot, length, size, first, resting);
    }
  }

  @Override
  public Iterate start(LinearSystem system) {
    return startAt(system.start(), system.startingResidual());
  }

  /** The iterate before the first iteration, from a solution and its residual. */
  static Iterate startAt(Vector x, Vector r) {
    Expr length = r.norm();
    return Iterate.at(x)
        .with(BASIS, SafeDivision.unit(r, length))
        .with(LAST_BASIS, r.zeros())
        .with(MOVE, r.zeros())
        .with(LAST_MOVE, r.zeros())
        .with(ROTATION, Rotation.none(length).kept())
        .measuring(Iterate.SQUARED_RESIDUAL, r.squaredNorm());
  }

  @Override
  public Iterate next(LinearSystem system, Iterate now) {
    Vector v = now.vector(BASIS);
    Rotation last = Rotation.of(now.tensor(ROTATION));
    Vector product = system.times(v);
    Expr alpha = v.dot(product);
    Vector rest = product.minus(v.times(alpha)).minus(now.vector(LAST_BASIS).times(last.beta()));
    Expr length = rest.norm();
    // What is left of a column when the Krylov space is exhausted is rounding: to go on from there
    // would be to divide by it.
    Expr columnSize = alpha.abs().plus(length).plus(last.beta());
    Expr rounding = columnSize.times(SafeDivision.roundoff()).times(ROUNDINGS);
    Expr size = last.size().maximum(columnSize);
    Expr beta = length.greaterThan(rounding).where(length, SafeDivision.ZERO);

    // The new column of the triangular matrix, from the bottom up: corner, above it, top.
    Expr unrotated =
        last.cosine().times(alpha).minus(last.lastCosine().times(last.sine()).times(last.beta()));
    Expr root = unrotated.squared().plus(beta.squared()).guardedSqrt();
    Expr corner = root.greaterThan(rounding).where(root, SafeDivision.ZERO);
    Expr above =
        last.sine().times(alpha).plus(last.lastCosine().times(last.cosine()).times(last.beta()));
    Expr top = last.lastSine().times(last.beta());
    Expr cosine = SafeDivision.quotient(unrotated, corner);
    Expr sine = SafeDivision.quotient(beta, corner);

    Expr ratio = SafeDivision.quotient(last.beta(), last.pivot());
    Expr pivot = alpha.minus(last.beta().times(ratio));
    Expr squaredLength = ratio.squared().times(last.length()).plus(1);

    Vector column = now.vector(LAST_MOVE).times(top).plus(now.vector(MOVE).times(above));
    Vector upright = v.minus(column);
    Vector move = SafeDivision.unit(upright, corner);
    Expr shrunk = upright.norm().times(size).times(SafeDivision.roundoff().pow(SHRINKING));
    Expr moves =
        corner
            .greaterThan(shrunk)
            .times(last.residual().abs().greaterThan(last.first().times(SafeDivision.roundoff())))
            .times(SafeDivision.ONE.minus(last.resting()));
    Expr residual = moves.where(sine.times(last.residual()).negated(), last.residual());
    Expr step = moves.times(cosine).times(last.residual());
    Expr link = moves.times(beta);
    Expr curvature =
        last.resting().where(last.pivot().dividedBy(last.length()), pivot.dividedBy(squaredLength));
    return Iterate.at(now.solution().plus(move.times(step)))
        .with(BASIS, SafeDivision.unit(rest, link))
        .with(LAST_BASIS, v)
        .with(MOVE, move)
        .with(LAST_MOVE, now.vector(MOVE))
        .with(
            ROTATION,
            new Rotation(
                    link,
                    residual,
                    cosine,
                    sine,
                    last.cosine(),
                    last.sine(),
                    last.resting().where(last.pivot(), pivot),
                    last.resting().where(last.length(), squaredLength),
                    size,
                    last.first(),
                    link.equalTo(SafeDivision.ZERO))
                .kept())
        .measuring(Iterate.SQUARED_RESIDUAL, residual.squared())
        .measuring(Iterate.CURVATURE, curvature)
        .measuring(ConjugateGradient.ALPHA, SafeDivision.quotient(SafeDivision.ONE, pivot))
        .measuring(ConjugateGradient.BETA, SafeDivision.quotient(beta, pivot).squared());
  }

  @Override
  public boolean needsSymmetry() {
    return true;
  }

  @Override
  public boolean needsPositiveCurvature() {
    return false;
  }

  @Override
  String title() {
    return NAME;
  }
}
