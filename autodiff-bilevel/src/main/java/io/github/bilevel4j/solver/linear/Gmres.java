package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Settings;
import java.util.ArrayList;
import java.util.List;
import org.immutables.value.Value;

/**
 * Restarted GMRES (Saad and Schultz, 1986) for any operator: after a cycle of m directions the
 * residual {@code ||b - A x||} is the smallest of {@code x + K_m(A, r)}, so that it never grows. In
 * its adaptive simpler form (Walker and Zhou, 1994; Jiranek and Rozloznik, 2010), which needs no
 * least-squares problem:
 *
 * <pre>
 * p = M^-1 z   q = A p      q &lt;- (q - Q Q^T q) / |.|    p &lt;- (p - P Q^T q) / |.|
 * x &lt;- x + (r.q) p          r &lt;- r - (r.q) q
 * z = r / |r| if r fell by a tenth at least, else q
 * </pre>
 *
 * with the orthonormal columns q of Q, and P such that A P = Q. Gram-Schmidt is done twice on all
 * columns (Giraud, Langou and Rozloznik, 2005). A direction whose image adds nothing to the space
 * is left out, so that nothing is divided by zero when the space is exhausted. A preconditioner
 * acts from the right: the residual is that of the system as given.
 *
 * <p>One iteration is one cycle, of m products, one more for the true residual {@code b - A x} from
 * which the next cycle mends the rounding of this one, and {@code 2 m} vectors kept meanwhile. If
 * the symmetric part of A is not definite, few directions may not lower the residual at all: take m
 * larger.
 */
@Value.Immutable
@Settings
public abstract class Gmres implements LinearSolver {
  private static final String NAME = "GMRES";
  private static final String RESIDUAL = "residual";

  /** The squared factor by which the residual must fall to be the next direction. */
  private static final double FALL = 0.81;

  /** The part of an image outside the space so far, below which it counts as rounding. */
  private static final double NEGLIGIBLE = 1e-6;

  /** The relative fall of a squared residual in a cycle, in roundings, that counts as none. */
  private static final double ROUNDINGS = 16;

  Gmres() {}

  /** With cycles of {@code directions} directions, ten cycles at most. */
  public static Gmres restart(int directions) {
    return ImmutableGmres.of(directions);
  }

  @Value.Parameter
  abstract int length();

  @Value.Default
  int cycles() {
    return 10;
  }

  @Value.Default
  @Override
  public double tolerance() {
    return 1e-10;
  }

  /** At most {@code cycles} cycles, 10 by default. */
  public abstract Gmres cycles(int cycles);

  /** Stopping after a cycle at this residual relative to the right side, 1e-10 by default. */
  public abstract Gmres tolerance(double tolerance);

  @Value.Check
  void check() {
    Require.in(NAME)
        .atLeast(1, "number of directions in a cycle", length())
        .atLeast(1, "number of iterations", cycles())
        .fraction("tolerance", tolerance());
  }

  @Override
  public int iterationsFor(long dimension) {
    return cycles();
  }

  @Override
  public int productsPerIteration() {
    return length() + 1;
  }

  @Override
  public Iterate start(LinearSystem system) {
    return iterate(system.start(), system.startingResidual());
  }

  @Override
  public Iterate next(LinearSystem system, Iterate now) {
    Cycle cycle = new Cycle(system, now.solution().flattened(), now.vector(RESIDUAL).flattened());
    for (int k = 0; k < Math.min(length(), system.dimension()); k++) {
      cycle.extend();
    }
    Vector x = system.right().unflattened(cycle.x);
    Iterate next = iterate(x, system.right().minus(system.times(x)));
    Expr before = now.vector(RESIDUAL).squaredNorm();
    Expr noLess = before.times(SafeDivision.ONE.minus(SafeDivision.roundoff().times(ROUNDINGS)));
    return next.measuring(
        Iterate.AT_REST, next.measured().get(Iterate.SQUARED_RESIDUAL).atLeast(noLess));
  }

  private static Iterate iterate(Vector x, Vector r) {
    return Iterate.at(x).with(RESIDUAL, r).measuring(Iterate.SQUARED_RESIDUAL, r.squaredNorm());
  }

  @Override
  public boolean usesPreconditioner() {
    return true;
  }

  @Override
  public String description() {
    return "GMRES("
        + length()
        + "), at most "
        + cycles()
        + (cycles() == 1 ? " cycle" : " cycles")
        + (tolerance() == 0 ? "" : ", tolerance " + tolerance());
  }

  /** The vectors of a cycle, flat. */
  private static final class Cycle {
    private final LinearSystem system;
    private final List<Expr> directions = new ArrayList<>();
    private final List<Expr> images = new ArrayList<>();
    private Expr x;
    private Expr r;
    private Expr squared;
    private Expr z;

    Cycle(LinearSystem system, Expr x, Expr r) {
      this.system = system;
      this.x = x;
      this.r = r;
      squared = r.dot(r);
      z = unit(r, squared.guardedSqrt());
    }

    private static Expr unit(Expr v, Expr length) {
      return v.times(SafeDivision.quotient(SafeDivision.ONE, length));
    }

    void extend() {
      Vector towards = system.preconditioned(system.right().unflattened(z));
      Expr direction = towards.flattened();
      Expr image = system.times(towards).flattened();
      Expr whole = image.norm();
      for (int pass = 0; pass < 2 && !images.isEmpty(); pass++) {
        Expr parts = Expr.stack(images.toArray(Expr[]::new)).matmul(image.unsqueezed(-1));
        image = image.minus(combined(images, parts));
        direction = direction.minus(combined(directions, parts));
      }
      Expr length = image.norm();
      Expr isNew = length.greaterThan(whole.times(NEGLIGIBLE));
      Expr scale = SafeDivision.quotient(isNew, length);
      image = image.times(scale);
      direction = direction.times(scale);
      directions.add(direction);
      images.add(image);

      Expr part = r.dot(image);
      x = x.plus(direction.times(part));
      r = r.minus(image.times(part));
      Expr left = r.dot(r);
      Expr goesOn = isNew.times(left.greaterThan(squared.times(FALL)));
      z = goesOn.where(image, unit(r, left.guardedSqrt()));
      squared = left;
    }

    private static Expr combined(List<Expr> rows, Expr parts) {
      return Expr.stack(rows.toArray(Expr[]::new)).transposedMatmul(parts).reshape(-1);
    }
  }
}
