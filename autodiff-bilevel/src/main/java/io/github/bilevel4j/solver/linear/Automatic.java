package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Settings;
import java.util.Optional;
import org.immutables.value.Value;

/**
 * A choice by size and symmetry:
 *
 * <ul>
 *   <li>up to dimension 50 {@link DirectSolver#lu()}: forming the matrix costs one product a
 *       dimension, no more than an iteration may need, and the solution is exact, definite or not;
 *   <li>above, for a symmetric operator {@link ConjugateGradient#safeguarded()}: one product an
 *       iteration, and {@link Minres} from where the curvature is not positive;
 *   <li>above, for any other operator {@link Gmres} with cycles of 10 directions: its residual
 *       never grows.
 * </ul>
 *
 * The iterative methods stop at a relative residual of 1e-6, which float32 reaches as well.
 */
@Value.Immutable
@Settings
public abstract class Automatic implements LinearSolver {
  private static final String NAME = "automatic choice";

  private static final int CYCLE = 10;

  Automatic() {}

  /** For symmetric operators, such as a Hessian. */
  public static Automatic symmetric() {
    return ImmutableAutomatic.of(true);
  }

  /** For all operators, such as that of a fixed point. */
  public static Automatic general() {
    return ImmutableAutomatic.of(false);
  }

  @Value.Parameter
  abstract boolean forSymmetric();

  @Value.Default
  int denseUpTo() {
    return 50;
  }

  @Value.Default
  int products() {
    return 100;
  }

  @Value.Default
  @Override
  public double tolerance() {
    return 1e-6;
  }

  /** With the matrix formed up to this dimension, 50 by default; 0 for never. */
  public abstract Automatic denseUpTo(int dimension);

  /**
   * With {@code products} products at most if the method is iterative, 100 by default; of GMRES the
   * last cycle is made to its end.
   */
  public abstract Automatic products(int products);

  /** Stopping early at this residual relative to the right side, 1e-6 by default. */
  public abstract Automatic tolerance(double tolerance);

  @Value.Check
  void check() {
    Require.in(NAME)
        .atLeast(1, "number of products", products())
        .fraction("tolerance", tolerance());
  }

  @Override
  public LinearSolver chosenFor(long dimension) {
    return dimension <= denseUpTo()
        ? DirectSolver.lu().limit(Math.max(1, denseUpTo()))
        : iterative();
  }

  private LinearSolver iterative() {
    return forSymmetric()
        ? ConjugateGradient.steps(products()).tolerance(tolerance()).safeguarded()
        : Gmres.restart(Math.min(CYCLE, products()))
            .cycles((products() + CYCLE) / (CYCLE + 1))
            .tolerance(tolerance());
  }

  /**
   * What is chosen for a dimension and why, for instance {@code dense LU: dimension 24 is at most
   * 50, and forming the matrix costs 24 products, no more than an iteration may need}.
   */
  @Override
  public Optional<String> reasonFor(long dimension) {
    return Optional.of(
        chosenFor(dimension).description()
            + ": dimension "
            + dimension
            + (dimension <= denseUpTo()
                ? " is at most "
                    + denseUpTo()
                    + ", and forming the matrix costs "
                    + dimension
                    + " products, no more than an iteration may need"
                : " is above "
                    + denseUpTo()
                    + (forSymmetric()
                        ? ", and the operator is symmetric"
                        : ", and the operator is not symmetric")));
  }

  @Override
  public Iterate start(LinearSystem system) {
    return chosenFor(system.dimension()).start(system);
  }

  @Override
  public Iterate next(LinearSystem system, Iterate now) {
    return chosenFor(system.dimension()).next(system, now);
  }

  @Override
  public Vector solution(LinearSystem system, Iterate last) {
    return chosenFor(system.dimension()).solution(system, last);
  }

  @Override
  public int iterationsFor(long dimension) {
    return chosenFor(dimension).iterationsFor(dimension);
  }

  @Override
  public boolean needsSymmetry() {
    return forSymmetric();
  }

  @Override
  public boolean needsPositiveCurvature() {
    return false;
  }

  @Override
  public boolean usesPreconditioner() {
    return true;
  }

  @Override
  public String description() {
    return "automatic: up to dimension "
        + denseUpTo()
        + " dense LU, since forming the matrix costs no more products than an iteration may need;"
        + " above "
        + iterative().description();
  }
}
