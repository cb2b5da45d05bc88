package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.shape.Mistake;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.Iterate;
import io.github.bilevel4j.solver.linear.LinearSolver;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How a linear solve went, iteration by iteration; stops it where it cannot go on. */
final class SolveReport {
  private static final double DIVERGED = 1e8;

  private final Context context;
  private final double right;
  private final double start;
  private final LinearSolver method;
  private final List<Double> steps = new ArrayList<>();
  private final List<Double> turns = new ArrayList<>();
  private double squared;
  private double smallest = Double.POSITIVE_INFINITY;
  private boolean hasResidual;
  private int made;

  /**
   * What a message names.
   *
   * @param problem its name
   * @param damping that the system contains
   */
  record Context(String problem, double damping) {}

  SolveReport(Context context, double right, double start, LinearSolver method) {
    this.context = context;
    this.right = right;
    this.start = start;
    this.method = method;
    this.squared = start;
    this.hasResidual = true;
  }

  int iterations() {
    return made;
  }

  boolean isSolved() {
    return hasResidual && squared <= right * method.tolerance() * method.tolerance();
  }

  /** The residual relative to the right side. */
  double residual() {
    return right == 0 ? 0 : Math.sqrt(squared / right);
  }

  /** Notes one iteration, whose measurements have a prefix. */
  void add(Results results, String prefix) {
    double curvature = get(results, prefix + Iterate.CURVATURE, Double.POSITIVE_INFINITY);
    if (!(curvature > 0)) {
      throw notPositive(curvature);
    }
    smallest = Math.min(smallest, curvature);
    hasResidual = results.all().containsKey(prefix + Iterate.SQUARED_RESIDUAL);
    if (hasResidual) {
      squared = results.scalar(prefix + Iterate.SQUARED_RESIDUAL);
    }
    if (results.all().containsKey(prefix + ConjugateGradient.STEP)) {
      steps.add(results.scalar(prefix + ConjugateGradient.STEP));
      turns.add(results.scalar(prefix + ConjugateGradient.TURN));
    }
    made++;
    if (hasResidual && !(squared <= DIVERGED * DIVERGED * Math.max(right, start))) {
      throw diverged();
    }
  }

  private static double get(Results results, String name, double otherwise) {
    return results.all().containsKey(name) ? results.scalar(name) : otherwise;
  }

  /** Estimates of the extreme eigenvalues of the operator, as far as the method gives them. */
  Ritz ritz() {
    return Ritz.of(steps, turns);
  }

  /** What a step reports. */
  ImmutableMap<String, Double> measurements() {
    ImmutableMap.Builder<String, Double> report =
        ImmutableMap.<String, Double>builder().put("iterations", (double) made);
    if (hasResidual) {
      report.put("residual", residual());
    }
    if (smallest < Double.POSITIVE_INFINITY) {
      report.put("smallest curvature", smallest);
    }
    ritz().condition().ifPresent(condition -> report.put("condition number", condition));
    return report.buildOrThrow();
  }

  /** Tells of the undamped Hessian's curvature, and of a damping that would outweigh it. */
  private IllegalStateException notPositive(double damped) {
    double curvature = damped - context.damping();
    return new IllegalStateException(
        Mistake.in("conjugate gradient for \"" + context.problem() + "\"")
            .because("the inner Hessian has curvature %.3g along direction %d", curvature, made + 1)
            .value("damping", context.damping())
            .maybe(
                "%s",
                Double.isNaN(curvature)
                    ? "the inner steps diverged: use a smaller rate."
                    : String.format(
                        Locale.ROOT,
                        "damping above %.2g, a greater weight in near(...), more inner steps, or"
                            + " Minres.steps(...) would help.",
                        Math.abs(curvature)))
            .getMessage());
  }

  private IllegalStateException diverged() {
    return new IllegalStateException(
        Mistake.in("linear solve for \"" + context.problem() + "\"")
            .because("the residual is %.3g times the right side", residual())
            .row("method", method.description())
            .value("after iterations", made)
            .maybe(
                "%s",
                Double.isNaN(squared)
                    ? "the inner steps diverged: use a smaller rate."
                    : "the step size is too large for the operator's greatest eigenvalue, or the"
                        + " operator is not positive definite: try ConjugateGradient or Gmres.")
            .getMessage());
  }
}
