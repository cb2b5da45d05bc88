package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Settings;
import java.util.function.UnaryOperator;
import org.immutables.value.Value;

/**
 * The diagonal {@code D} of the operator, estimated by m probes of random signs z (Hutchinson,
 * 1989; Bekas, Kokiopoulou and Saad, 2007),
 *
 * <pre>
 * D = 1/m sum of z * (A z)       M = max(|D|, floor * mean |D|)
 * </pre>
 *
 * Exact for a diagonal operator with one probe; else the variance of an element is the sum of the
 * squared others of its row, divided by m. It costs m products a solve, and pays where the diagonal
 * varies much and outweighs the rest. The signs come from a seed and are the same in each solve.
 */
@Value.Immutable
@Settings
public abstract class Jacobi implements Preconditioner {
  private static final String NAME = "Jacobi preconditioner";
  private static final double SMALLEST = 1e-30;

  Jacobi() {}

  /** With {@code probes} probes. */
  public static Jacobi probes(int probes) {
    return ImmutableJacobi.of(probes);
  }

  @Value.Parameter
  abstract int count();

  @Value.Default
  double floor() {
    return 1e-4;
  }

  @Value.Default
  long seed() {
    return 0;
  }

  /** With a least element in relation to the mean, between 0 and 1; 1e-4 by default. */
  public abstract Jacobi floor(double share);

  /** With signs from another seed, 0 by default. */
  public abstract Jacobi seed(long seed);

  @Value.Check
  void check() {
    Require.in(NAME).atLeast(1, "number of probes", count());
    if (!(floor() > 0 && floor() <= 1)) {
      throw UsageError.in(NAME)
          .because("the floor is not between 0 and 1, %s", floor())
          .maybe("1e-4 was meant: it keeps the preconditioner positive definite.");
    }
  }

  @Override
  public UnaryOperator<Vector> of(LinearOperator operator, Vector like) {
    Vector sum = like.zeros();
    for (int probe = 0; probe < count(); probe++) {
      Vector z = signs(like, probe);
      sum = sum.plus(z.zip(operator.times(z), Expr::times));
    }
    Vector sizes = sum.map(Expr::abs);
    Expr total =
        sizes.components().values().stream()
            .map(c -> c.sum())
            .reduce(Expr::plus)
            .orElse(SafeDivision.ONE);
    Expr least = total.times(floor() / Math.max(1, like.dimension())).maximum(SMALLEST);
    Vector inverse = sizes.map(c -> Expr.constant(count()).dividedBy(c.maximum(least)));
    return r -> r.zip(inverse, Expr::times);
  }

  private Vector signs(Vector like, int probe) {
    RandomKey stream = RandomKey.fixed(seed()).foldIn("probe " + probe);
    int[] number = {0};
    return like.map(
        c ->
            stream
                .foldIn("component " + number[0]++)
                .bernoulli(0.5, c.shape().toArray())
                .times(2)
                .minus(1));
  }

  @Override
  public String description() {
    return "Jacobi, " + count() + (count() == 1 ? " probe" : " probes");
  }
}
