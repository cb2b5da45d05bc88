package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;

/**
 * A system {@code A x = b} in a unit {@code s} of the size of its right side,
 *
 * <pre>
 * A (x / s) = b / s
 * </pre>
 *
 * as linear solvers see it: without it the squares of a right side of 1e-20 are zero in binary32,
 * and so is every coefficient made of them.
 *
 * <p>The unit is the largest power of two not above {@code max |b|}: to divide by it changes no
 * digit. A guess {@code y} is divided by it too, and could overflow where it is far beyond the
 * right side; what is below the rounding u of the guess is lost in {@code b - A y} anyway, so that
 * {@code max(max |b|, u max |y|)} takes the place of {@code max |b|}. Where this is zero, or from u
 * to {@code 1 / u}, the unit is 1.
 *
 * @param system {@code A}, {@code b / s} and {@code y / s}
 * @param unit {@code s}, a scalar, by which the solution must be multiplied
 */
record NormalizedSystem(LinearSystem system, Expr unit) {

  /**
   * The system in its unit.
   *
   * @param roundoff {@code u}
   */
  static NormalizedSystem of(LinearSystem given, double roundoff) {
    Expr right = largest(given.right());
    Expr size =
        given.guess().map(guess -> right.maximum(largest(guess).times(roundoff))).orElse(right);
    Expr one = Expr.constant(1);
    Expr isFit = size.atLeast(roundoff).times(Expr.constant(1 / roundoff).atLeast(size));
    Expr unit = isFit.plus(size.equalTo(Expr.constant(0))).where(one, power(size, roundoff));
    return new NormalizedSystem(
        new LinearSystem(
            given.operator(),
            divided(given.right(), unit),
            given.guess().map(guess -> divided(guess, unit)),
            given.preconditioner()),
        unit);
  }

  private static Vector divided(Vector v, Expr unit) {
    return v.map(c -> c.dividedBy(unit));
  }

  private static Expr largest(Vector v) {
    return v.components().values().stream()
        .filter(c -> c.shape().size() > 0)
        .map(c -> c.abs().max())
        .reduce(Expr::maximum)
        .orElse(Expr.constant(0));
  }

  /**
   * The largest power of two not above a number p (Rump, Ogita and Oishi, 2008, algorithm 3.5):
   * {@code |q - (1 - u) q|} for {@code q = (1 / (2 u) + 1) p}.
   */
  private static Expr power(Expr p, double roundoff) {
    Expr q = p.times(1 / (2 * roundoff) + 1);
    return q.minus(q.times(1 - roundoff)).abs();
  }
}
