package io.github.bilevel4j.examples.cli;

import com.google.errorprone.annotations.Immutable;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.solver.estimator.F2sa;
import io.github.bilevel4j.solver.estimator.FiniteDifference;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.ForwardMode;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Soba;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.BiCgStab;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.DirectSolver;
import io.github.bilevel4j.solver.linear.Gmres;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.Minres;
import io.github.bilevel4j.solver.linear.NeumannSeries;
import io.github.bilevel4j.solver.linear.NormalEquations;
import io.github.bilevel4j.solver.linear.Nystrom;
import io.github.bilevel4j.solver.linear.ScaledIdentity;
import java.util.Locale;

/** The estimators of the hypergradient by name. */
enum EstimatorKind {
  AUTO("implicit, solver by size", Steps.ANY, s -> Implicit.auto().damping(s.damping())),
  CG("implicit, conjugate gradients", Steps.ANY, s -> s.implicit(s.conjugateGradient())),
  SAFEGUARDED_CG(
      "the same, MINRES where the curvature is not positive",
      Steps.ANY,
      s -> s.implicit(s.conjugateGradient().safeguarded())),
  NORMAL_CG(
      "implicit, conjugate gradients on the normal equations",
      Steps.ANY,
      s -> s.implicit(NormalEquations.steps(s.iterations()).tolerance(s.tolerance()))),
  MINRES(
      "implicit, MINRES",
      Steps.ANY,
      s -> s.implicit(Minres.steps(s.iterations()).tolerance(s.tolerance()))),
  GMRES(
      "implicit, GMRES, one cycle",
      Steps.ANY,
      s -> s.implicit(Gmres.restart(s.iterations()).cycles(1).tolerance(s.tolerance()))),
  BICGSTAB(
      "implicit, BiCGSTAB",
      Steps.ANY,
      s -> s.implicit(BiCgStab.steps(s.iterations()).tolerance(s.tolerance()))),
  DENSE(
      "implicit, the Hessian formed and factorized", Steps.ANY, s -> s.implicit(DirectSolver.lu())),
  NYSTROM(
      "implicit, low-rank inverse, damping 0.01 or as told (biased)",
      Steps.ANY,
      s -> Implicit.by(Nystrom.rank(s.iterations()).damping(s.dampingOr(0.01)))),
  NEUMANN(
      "implicit, Neumann series",
      Steps.ANY,
      s -> s.implicit(NeumannSeries.terms(s.iterations()).stepSize(s.rate()))),
  FIXED_POINT(
      "of the inner optimizer's map, Neumann series",
      Steps.ANY,
      s -> FixedPoint.terms(s.iterations())),
  T1_T2(
      "inverse Hessian taken as the inner rate (biased)",
      Steps.ANY,
      s -> Implicit.by(ScaledIdentity.scale(s.rate()))),
  DARTS(
      "through one step, finite difference (biased)",
      Steps.ONE,
      s -> FiniteDifference.radius(0.01)),
  EXACT("unrolled through all inner steps", Steps.ALL, s -> Unrolled.exact()),
  CHECKPOINTED(
      "the same by recomputation, in segments of 10 steps",
      Steps.ALL,
      s -> Unrolled.exact().checkpointed(10)),
  TRUNCATED("unrolled through the last inner steps", Steps.ALL, s -> Unrolled.last(s.iterations())),
  FORWARD("forward through all inner steps", Steps.ALL, s -> ForwardMode.exact()),
  FIRST_ORDER(
      "unrolled without second derivatives (biased)", Steps.ALL, s -> Unrolled.firstOrder()),
  SOBA("no inner solve: all variables move at once", Steps.ONE, s -> Soba.rate(s.rate())),
  F2SA("penalty, multiplier 100, first derivatives alone", Steps.ALL, s -> F2sa.multiplier(100));

  private final String description;
  private final Steps steps;
  private final Recipe recipe;

  EstimatorKind(String description, Steps steps, Recipe recipe) {
    this.description = description;
    this.steps = steps;
    this.recipe = recipe;
  }

  /** The inner steps of each outer step. */
  private enum Steps {
    /** As many as solve the inner problem. */
    ALL,
    /** As many as solve it from where the last solve ended. */
    ANY,
    /** One, of plain gradient descent. */
    ONE
  }

  /** How an estimator is made. */
  @Immutable
  private interface Recipe {
    HypergradientEstimator of(Settings settings);
  }

  /**
   * What the estimators leave open.
   *
   * @param iterations of a linear solver, terms of a series, directions, or steps to unroll
   * @param tolerance the relative residual at which a linear solver stops
   * @param damping added to the inner Hessian's diagonal
   * @param rate with which gradient descent on the inner problem converges
   */
  record Settings(int iterations, double tolerance, double damping, double rate) {
    /** Without damping. */
    static Settings of(int iterations, double tolerance, double rate) {
      return new Settings(iterations, tolerance, 0, rate);
    }

    /** With other iterations. */
    Settings iterations(int other) {
      return new Settings(other, tolerance, damping, rate);
    }

    private ConjugateGradient conjugateGradient() {
      return ConjugateGradient.steps(iterations).tolerance(tolerance);
    }

    private HypergradientEstimator implicit(LinearSolver solver) {
      return Implicit.by(solver).damping(damping);
    }

    private double dampingOr(double otherwise) {
      return damping > 0 ? damping : otherwise;
    }
  }

  /** One line: what it does. */
  String description() {
    return description;
  }

  /** The inner steps of an outer step, where so many solve the inner problem. */
  int innerSteps(int needed) {
    return steps == Steps.ONE ? 1 : needed;
  }

  /** The inner steps of an outer step if the inner variables are at their solution already. */
  int innerStepsAtSolution(int needed) {
    return steps == Steps.ALL ? needed : 1;
  }

  /** Whether the iterations make a difference. */
  boolean dependsOnIterations(Settings settings) {
    return !estimator(settings.iterations(1))
        .description()
        .equals(estimator(settings.iterations(2)).description());
  }

  /** The estimator. */
  HypergradientEstimator estimator(Settings settings) {
    return recipe.of(settings);
  }

  /** The name on the command line, for instance {@code first-order}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
