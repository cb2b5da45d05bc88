package io.github.bilevel4j.solver.diagnosis;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.problem.internal.TextReport;
import java.util.Locale;
import java.util.OptionalDouble;

/** The verdict of a {@link Diagnosis}: what is wrong with a hypergradient, and what to change. */
final class Advice {
  /** A relative error that needs no advice. */
  static final double FINE = 0.01;

  private static final double ILL_CONDITIONED = 1e5;
  private static final double STRONG_DAMPING = 0.1;
  private static final int MANY = 100_000;

  private final ImmutableList.Builder<String> sentences = ImmutableList.builder();

  private Advice() {}

  /** The findings for an estimate with an adjoint. */
  static ImmutableList<String> of(
      Diagnosis.Inner inner, Diagnosis.Linear linear, Diagnosis.Errors error) {
    Advice findings = new Advice();
    if (linear.breakdown().isPresent()) {
      return findings.add(linear.breakdown().get()).build();
    }
    findings.summary(error.total());
    findings.inner(inner, error.inner());
    findings.truncation(linear, error.truncation());
    findings.residual(linear);
    findings.spectrum(linear);
    return findings.build();
  }

  /**
   * The findings for an estimate without an adjoint.
   *
   * @param difference to the implicit hypergradient at the inner minimum
   * @param exists whether there is an implicit one
   */
  static ImmutableList<String> withoutAdjoint(OptionalDouble difference, boolean exists) {
    Advice findings = new Advice();
    if (!exists) {
      return findings
          .add(
              "There is no implicit hypergradient to compare with: the inner minimum does not depend"
                  + " on all outer variables, or the inner optimizer rests elsewhere.")
          .build();
    }
    if (difference.isEmpty()) {
      return findings
          .add(
              "There is no implicit hypergradient to compare with: the inner Hessian is not positive"
                  + " definite.")
          .build();
    }
    String share = TextReport.percent(difference.getAsDouble());
    return findings
        .add(
            difference.getAsDouble() <= FINE
                ? "The estimate is within "
                    + share
                    + " of the implicit hypergradient at the inner minimum."
                : "The estimate differs by "
                    + share
                    + " from the implicit hypergradient at the inner minimum: it belongs to the"
                    + " inner steps as they are, or it is biased. verify(...) tells which.")
        .build();
  }

  private ImmutableList<String> build() {
    return sentences.build();
  }

  private Advice add(String sentence) {
    sentences.add(sentence);
    return this;
  }

  private void summary(OptionalDouble total) {
    add(
        total.isEmpty()
            ? "The error could not be estimated: the Newton correction failed, or the linear solver"
                + " is neither exact nor able to go on."
            : "The hypergradient is about "
                + TextReport.percent(total.getAsDouble())
                + " from the exact one.");
  }

  private void inner(Diagnosis.Inner inner, OptionalDouble error) {
    if (error.orElse(0) <= FINE) {
      return;
    }
    OptionalDouble rate = inner.rate();
    String more =
        rate.isEmpty()
            ? "it should be solved better before."
            : rate.getAsDouble() >= 1
                ? "its gradient does not fall from step to step: use a smaller rate."
                : times(steps(error.getAsDouble(), rate.getAsDouble()), "more inner step");
    add("The inner problem has not converged: " + more);
  }

  private void truncation(Diagnosis.Linear linear, OptionalDouble error) {
    if (error.orElse(0) <= FINE) {
      return;
    }
    OptionalDouble rate = contraction(linear);
    String more =
        rate.isEmpty() || rate.getAsDouble() >= 1
            ? "more iterations, or damping, would help."
            : times(steps(error.getAsDouble(), rate.getAsDouble()), "more iteration");
    add("The linear solver stops too early: " + more);
  }

  /** The factor by which an iteration reduces the error: by the condition number, or as seen. */
  private static OptionalDouble contraction(Diagnosis.Linear linear) {
    OptionalDouble condition = linear.condition();
    if (condition.isPresent()) {
      double root = Math.sqrt(condition.getAsDouble());
      return OptionalDouble.of((root - 1) / (root + 1));
    }
    OptionalDouble residual = linear.trueResidual();
    return residual.isPresent() && linear.iterations() > 0
        ? OptionalDouble.of(Math.pow(residual.getAsDouble(), 1.0 / linear.iterations()))
        : residual;
  }

  private static double steps(double error, double rate) {
    return rate == 0 ? 1 : Math.max(1, Math.ceil(Math.log(FINE / error) / Math.log(rate)));
  }

  private static String times(double number, String what) {
    return number > MANY
        ? "far more than " + MANY + " " + what.replace("more ", "") + "s would be needed."
        : String.format(
            Locale.ROOT, "about %.0f %s%s would do.", number, what, number == 1 ? "" : "s");
  }

  private void residual(Diagnosis.Linear linear) {
    double claimed = linear.residual().orElse(Double.NaN);
    double found = linear.trueResidual().orElse(Double.NaN);
    if (found > 10 * claimed && found > FINE * FINE) {
      add(
          "The true residual, "
              + TextReport.number(found)
              + ", is not the solver's, "
              + TextReport.number(claimed)
              + ": rounding, use Precision.FLOAT64; or an operator that is not symmetric.");
    }
  }

  private void spectrum(Diagnosis.Linear linear) {
    double undamped =
        linear.smallestCurvature().orElse(Double.POSITIVE_INFINITY) - linear.damping();
    if (linear.damping() > 0 && undamped <= 0) {
      add(
          "Without its damping the inner Hessian has curvature "
              + TextReport.number(undamped)
              + ": the inner point is not a minimum.");
    } else if (linear.damping() > STRONG_DAMPING * undamped) {
      add(
          "The damping is "
              + TextReport.percent(linear.damping() / undamped)
              + " of the least curvature: its bias, which is not in the error above, may be as"
              + " large.");
    }
    if (linear.condition().orElse(0) > ILL_CONDITIONED) {
      add("The system is ill-conditioned: a preconditioner, or damping, would help.");
    }
  }
}
