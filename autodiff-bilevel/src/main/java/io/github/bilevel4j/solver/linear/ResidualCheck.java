package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.solver.step.internal.UnitRoundoff;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * The true residual {@code r = b - A x} of a solve that has ended, and the verdict on it, the same
 * for all methods; the rules are those of the package's description.
 */
final class ResidualCheck {
  /** The relative residual up to which a solve is not judged, but for a greater tolerance. */
  private static final double FINE = 0.01;

  /** The same in units of the rounding of a product. */
  private static final double ROUNDINGS = 100;

  /** The factor by which a true residual may exceed a method's own. */
  private static final double CLAIMED = 2;

  /** {@code |A^T r| / (|A| |r|)} where r is as good as orthogonal to the range. */
  private static final double ORTHOGONAL = 1e-2;

  /** The same where it is not known whether the residual has stopped falling. */
  private static final double SURELY_ORTHOGONAL = 1e-3;

  /** The output {@code ||b - A x||^2} of a step. */
  static final String RESIDUAL = "residual";

  private static final String RIGHT = "right";
  private static final String SOLUTION = "solution";
  private static final String PULLED_BACK = "pulled back";
  private static final String IMAGE = "image";

  private final Step residual;
  private final Step doubt;
  private final double fine;
  private final double roundoff;
  private final Engine engine;
  private Program program;

  /**
   * A check.
   *
   * @param name of the problem
   * @param solution x, an expression of the solve's variables
   */
  ResidualCheck(String name, LinearSystem system, Vector solution, Engine engine) {
    this.engine = engine;
    Vector b = system.right();
    Vector r = b.minus(system.times(solution));
    residual = Step.named(name + "/residual").output(RESIDUAL, squaredNorm(system, solution));
    doubt =
        Step.named(name + "/doubt")
            .output(RESIDUAL, r.norm())
            .output(RIGHT, b.norm())
            .output(SOLUTION, solution.norm())
            .output(PULLED_BACK, system.transposedTimes(r).norm())
            .output(IMAGE, system.times(b).norm());
    roundoff = UnitRoundoff.of(engine);
    double ofProducts = engine.precision() == Precision.MIXED ? Math.scalb(1.0, -9) : roundoff;
    fine = Math.max(FINE, ROUNDINGS * ofProducts);
  }

  /** {@code ||b - A x||^2}. */
  static Expr squaredNorm(LinearSystem system, Vector x) {
    return system.right().minus(system.times(x)).squaredNorm();
  }

  /** The residual that is an output of a step of iterations. */
  static OptionalDouble of(Results results) {
    return OptionalDouble.of(results.scalar(RESIDUAL));
  }

  /** The step that computes the residual. */
  Step step() {
    return residual;
  }

  /** Compiles the step, with what the iterations keep in place of what they share. */
  void compile(Function<Step, Step> linearized) {
    program = engine.compile(linearized.apply(residual));
  }

  /** The program of the step. */
  Program program() {
    return program;
  }

  /**
   * Notes the true residual.
   *
   * @param goal the relative residual at which the solve was to stop
   * @param known the residual's squared norm, if the last run computed it
   * @throws BreakdownException if the residual is large and would stay so
   */
  void judge(SolveReport report, double goal, OptionalDouble known, Feed feed) {
    report.found(known.orElseGet(() -> program.run(feed.limitedTo(program)).scalar(RESIDUAL)));
    if (report.share() > Math.max(fine, CLAIMED * goal)) {
      report.requireRegular();
      if (report.isAtRest()
          || report.share() > CLAIMED * report.claimedShare()
          || (report.mayHaveStalled() && isSingular(report, feed))) {
        throw report.stalled(engine.precision() != Precision.FLOAT64);
      }
    }
  }

  /**
   * Whether x is so long that rounding alone makes up a percent of b, or what is left of b is
   * outside the range of A.
   */
  private boolean isSingular(SolveReport report, Feed feed) {
    Program norms = engine.compile(doubt);
    Results results = norms.run(feed.limitedTo(norms));
    double r = results.scalar(RESIDUAL);
    double b = results.scalar(RIGHT);
    double x = results.scalar(SOLUTION);
    double pulledBack = results.scalar(PULLED_BACK);
    double size = Math.max(pulledBack / r, b == 0 ? 0 : results.scalar(IMAGE) / b);
    double orthogonal = report.hasResidual() ? ORTHOGONAL : SURELY_ORTHOGONAL;
    return roundoff * size * x >= FINE * b
        || (report.isFlat() && pulledBack <= orthogonal * size * r);
  }
}
