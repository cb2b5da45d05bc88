package io.github.bilevel4j.solver.linear;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Settings;
import java.util.Collections;
import org.immutables.value.Value;

/**
 * The inverse of a low-rank approximation (Hataya and Yamada, 2023, who take columns of A; Gaussian
 * directions as Frangella, Tropp and Udell, 2023): with k of them as the columns of {@code O},
 * their images {@code Y = A O} and {@code C = O^T Y}, the Nystrom approximation {@code Y C^-1 Y^T}
 * of a symmetric positive semidefinite operator gives
 *
 * <pre>
 * x = (Y C^-1 Y^T + rho I)^-1 b = (b - Y (rho C + Y^T Y)^-1 Y^T b) / rho
 * </pre>
 *
 * One product an iteration, k altogether, then no more whatever the condition number; the error is
 * that of the eigenvalues beyond the k-th in relation to rho. No residual is measured, and a guess
 * is not used. The directions come from a seed and are the same in each solve.
 */
@Value.Immutable
@Settings
public abstract class Nystrom implements BlockMethod {
  private static final String NAME = "Nystrom";
  private static final String DIRECTIONS = "directions";
  private static final String IMAGES = "images";
  private static final String COUNT = "columns";

  /** What keeps the small system invertible, in relation to its mean diagonal element. */
  private static final double RIDGE = 1e-13;

  private static final double SMALLEST = 1e-30;

  Nystrom() {}

  /**
   * With {@code directions} directions, or as many as there are dimensions; a damping is needed.
   */
  public static NeedsDamping rank(int directions) {
    Require.in(NAME).atLeast(1, "number of directions", directions);
    return damping -> ImmutableNystrom.of(directions, damping);
  }

  /** The stage at which the damping is missing. */
  @FunctionalInterface
  public interface NeedsDamping {
    /** With {@code rho} in place of the eigenvalues that the approximation leaves out. */
    Nystrom damping(double rho);
  }

  @Value.Parameter
  abstract int directions();

  @Value.Parameter
  abstract double damping();

  @Value.Default
  long seed() {
    return 0;
  }

  /** With directions from another seed, 0 by default. */
  public abstract Nystrom seed(long seed);

  @Value.Check
  void check() {
    Require.in(NAME).positive("damping", damping());
  }

  @Override
  public int iterationsFor(long dimension) {
    return (int) Math.min(directions(), dimension);
  }

  @Override
  public Iterate start(LinearSystem system) {
    int rows = iterationsFor(system.dimension());
    Expr directions = RandomKey.fixed(seed()).foldIn(NAME).normal(rows, system.dimension());
    return Iterate.without()
        .with(DIRECTIONS, directions)
        .with(IMAGES, Expr.filled(0, directions.shape()))
        .with(COUNT, SafeDivision.ZERO);
  }

  /** Directions and images are kept as rows. */
  @Override
  public Block next(LinearSystem system, Iterate now, int count) {
    Expr first = now.tensor(COUNT);
    Expr directions = now.tensor(DIRECTIONS);
    Expr chosen = Expr.range(count).plus(first).oneHot(directions.shape().dim(0));
    Expr images = system.timesRows(chosen.matmul(directions));
    return new Block(
        Iterate.without()
            .with(DIRECTIONS, directions)
            .with(IMAGES, now.tensor(IMAGES).plus(chosen.transposedMatmul(images)))
            .with(COUNT, first.plus(count)),
        ImmutableList.copyOf(Collections.nCopies(count, ImmutableMap.of())));
  }

  @Override
  public Vector solution(LinearSystem system, Iterate last) {
    Expr y = last.tensor(IMAGES);
    Expr c = last.tensor(DIRECTIONS).matmulTransposed(y);
    Expr small = c.plus(c.transposed()).times(damping() / 2).plus(y.rowGram());
    int rank = small.shape().dim(0);
    Expr ridge = small.trace().abs().times(RIDGE / rank).plus(SMALLEST);
    Expr b = system.right().flattened().unsqueezed(-1);
    Expr inside = small.plus(Expr.identity(rank).times(ridge)).solve(y.matmul(b));
    Expr x = b.minus(y.transposedMatmul(inside)).dividedBy(damping());
    return system.right().unflattened(x.reshape(-1));
  }

  @Override
  public boolean needsSymmetry() {
    return true;
  }

  @Override
  public String description() {
    return "Nystrom, rank " + directions() + ", damping " + damping();
  }
}
