package io.github.bilevel4j.losses.kernel;

/**
 * The modified Bessel function of the second kind, {@code K_v(x) = int_0^inf exp(-x cosh t) cosh(v
 * t) dt}.
 */
final class BesselK {
  /** Of the largest term: smaller ones are rounded away. */
  private static final double NEGLIGIBLE = 1e-18;

  private BesselK() {}

  /**
   * {@code log K_v(x)} for {@code v >= 0} and {@code x > 0}, by the trapezoidal rule, whose error
   * falls exponentially with the step since the integrand is even, analytic and falls doubly
   * exponentially. Its top is where {@code x sinh t = v} and has the width {@code (x^2 +
   * v^2)^(-1/4)}; with four steps to a width the error is below rounding.
   */
  static double log(double v, double x) {
    double top = asinh(v / x);
    double step = Math.min(1, Math.pow(x * x + v * v, -0.25)) / 4;
    double largest = logIntegrand(v, x, top);
    double sum = 0;
    for (int i = 0; ; i++) {
      double t = i * step;
      double term = Math.exp(logIntegrand(v, x, t) - largest);
      sum += i == 0 ? term / 2 : term;
      if (t > top && term < NEGLIGIBLE) {
        return largest + Math.log(sum * step);
      }
    }
  }

  private static double logIntegrand(double v, double x, double t) {
    return -x * Math.cosh(t) + v * t + Math.log1p(Math.exp(-2 * v * t)) - Math.log(2);
  }

  private static double asinh(double x) {
    return Math.log(x + Math.sqrt(x * x + 1));
  }
}
