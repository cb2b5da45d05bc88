package io.github.bilevel4j.solver.diagnosis;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.problem.internal.TextReport;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How good a hypergradient is, see {@link io.github.bilevel4j.solver.BilevelSolver#diagnose}:
 * numbers, and {@link #toString} a page with a verdict in words.
 *
 * @param problem its name
 * @param method the estimator's description
 * @param hypergradientNorm the norm of the estimate; empty if none could be computed
 * @param inner how well the inner problem is solved
 * @param linear how well the adjoint's system is solved; empty if the estimator has none
 * @param errors the estimated error of the hypergradient
 * @param findings what is wrong and what to change, a sentence each; never empty
 */
public record Diagnosis(
    String problem,
    String method,
    OptionalDouble hypergradientNorm,
    Inner inner,
    Optional<Linear> linear,
    Errors errors,
    ImmutableList<String> findings) {

  /**
   * The inner solution.
   *
   * @param steps of the inner solver
   * @param startGradientNorm {@code ||dG/dphi||} before the steps
   * @param gradientNorm the same after them, where the hypergradient is taken
   * @param distance {@code ||d|| / ||phi||} for the Newton correction d: how far the minimum is, in
   *     relation to the inner variables; empty without a correction
   */
  public record Inner(
      int steps, double startGradientNorm, double gradientNorm, OptionalDouble distance) {

    /** The factor by which a step reduces the gradient's norm, on average; empty without steps. */
    public OptionalDouble rate() {
      return steps > 0 && startGradientNorm > 0 && gradientNorm > 0
          ? OptionalDouble.of(Math.pow(gradientNorm / startGradientNorm, 1.0 / steps))
          : OptionalDouble.empty();
    }
  }

  /**
   * The linear system {@code A v = b} of the adjoint. Eigenvalues and curvatures are of the
   * operator that the solver sees, damping included; the eigenvalues are Ritz values, between the
   * extreme eigenvalues, and with a preconditioner they are of the preconditioned operator.
   *
   * @param method the linear solver's description
   * @param damping the multiple of the identity in A
   * @param iterations made for the hypergradient
   * @param residual {@code ||b - A v|| / ||b||} as the solver's recurrence has it, if it does
   * @param trueResidual the same from one more product
   * @param smallestCurvature the smallest {@code p.Ap / p.p} of all directions, if the solver tells
   * @param smallestEigenvalue if the solver tells, after two iterations at least
   * @param largestEigenvalue if the solver tells; {@code 1 / } it is a safe step of a Neumann
   *     series
   * @param breakdown why the solver could not go on, if so
   */
  public record Linear(
      String method,
      double damping,
      int iterations,
      OptionalDouble residual,
      OptionalDouble trueResidual,
      OptionalDouble smallestCurvature,
      OptionalDouble smallestEigenvalue,
      OptionalDouble largestEigenvalue,
      Optional<String> breakdown) {

    /** The condition number of the operator, if both eigenvalues are positive. */
    public OptionalDouble condition() {
      return smallestEigenvalue.isPresent() && smallestEigenvalue.getAsDouble() > 0
          ? OptionalDouble.of(largestEigenvalue.orElseThrow() / smallestEigenvalue.getAsDouble())
          : OptionalDouble.empty();
    }
  }

  /**
   * Estimates of the hypergradient's errors. {@code h(phi, K)} is the hypergradient at an inner
   * point with the adjoint after K iterations, {@code phi_T} the inner solution, {@code phi_N =
   * phi_T - d} that after a Newton correction {@code (H + damping I) d = dG/dphi}, solved by the
   * same method to a residual of 1e-3. All are relative to the norm of the hypergradient that the
   * estimate is compared with.
   *
   * @param truncation {@code ||h(phi_T, K + D) - h(phi_T, K)||}: of the linear solve
   * @param inner {@code ||h(phi_N, K) - h(phi_T, K)||}: of the inner solution
   * @param total {@code ||h(phi_N, K + D) - h(phi_T, K)||}; for estimators without an adjoint the
   *     difference to the implicit hypergradient at the corrected point
   * @param delay the number D of further iterations: 3, 6, ... until three more change the
   *     difference by less than a fifth, at most 30; zero without an adjoint
   */
  public record Errors(
      OptionalDouble truncation, OptionalDouble inner, OptionalDouble total, int delay) {
    static Errors unknown() {
      return new Errors(OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty(), 0);
    }
  }

  /** Whether the total error is known and at most one percent. */
  public boolean isFine() {
    return errors.total().isPresent() && errors.total().getAsDouble() <= Advice.FINE;
  }

  /** A readable page. */
  @Override
  public String toString() {
    TextReport page = new TextReport("diagnosis of \"" + problem + "\"", 4, 24);
    page.line("hypergradient", method);
    hypergradientNorm.ifPresent(norm -> page.line("norm", TextReport.number(norm)));
    page.title("inner problem")
        .line(
            "gradient norm",
            TextReport.number(inner.gradientNorm())
                + (inner.steps() == 0
                    ? ""
                    : String.format(
                        " after %d step%s, %s before",
                        inner.steps(),
                        inner.steps() == 1 ? "" : "s",
                        TextReport.number(inner.startGradientNorm()))));
    inner
        .distance()
        .ifPresent(d -> page.line("minimum at", TextReport.percent(d) + " of the variables' norm"));
    linear.ifPresent(system -> print(system, page));
    page.title("error, relative to the hypergradient");
    page.line("linear solve", errors.truncation());
    page.line("inner solution", errors.inner());
    page.line("total", errors.total());
    page.title("verdict").paragraphs(findings);
    return page.toString();
  }

  private static void print(Linear linear, TextReport page) {
    page.title("linear system")
        .line("method", linear.method())
        .line("iterations", String.valueOf(linear.iterations()));
    linear.residual().ifPresent(r -> page.line("residual", TextReport.number(r)));
    linear.trueResidual().ifPresent(r -> page.line("true residual", TextReport.number(r)));
    linear
        .smallestEigenvalue()
        .ifPresent(
            least ->
                page.line(
                    "eigenvalues",
                    TextReport.number(least)
                        + " to "
                        + TextReport.number(linear.largestEigenvalue().orElseThrow())
                        + (linear.damping() == 0
                            ? ""
                            : ", damping " + linear.damping() + " included")));
    linear.condition().ifPresent(c -> page.line("condition number", TextReport.number(c)));
    linear.smallestCurvature().ifPresent(c -> page.line("least curvature", TextReport.number(c)));
  }
}
