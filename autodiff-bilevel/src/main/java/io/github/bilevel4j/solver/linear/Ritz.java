package io.github.bilevel4j.solver.linear;

import java.util.List;
import java.util.OptionalDouble;

/**
 * The extreme Ritz values of an operator: the eigenvalues of the tridiagonal matrix that conjugate
 * gradients build on the way (Golub and Van Loan, 2013, section 11.3),
 *
 * <pre>
 * T_kk = 1 / a_k + b_{k-1} / a_{k-1}       T_{k,k+1} = sqrt(b_k) / a_k
 * </pre>
 *
 * with the steps a and the betas b. They lie between the operator's extreme eigenvalues and tend to
 * those that the right side has a part of. One iteration gives one value: a bound of the largest
 * eigenvalue from below, but the smallest is then unknown, and how far they are apart.
 */
record Ritz(OptionalDouble smallest, OptionalDouble largest) {

  static Ritz of(List<Double> steps, List<Double> betas) {
    int n = steps.size();
    double[] diagonal = new double[n];
    double[] squaredBeside = new double[n];
    for (int k = 0; k < n; k++) {
      double a = steps.get(k);
      diagonal[k] = 1 / a + (k == 0 ? 0 : betas.get(k - 1) / steps.get(k - 1));
      squaredBeside[k] = Math.max(0, betas.get(k)) / (a * a);
      if (!Double.isFinite(diagonal[k])) {
        return new Ritz(OptionalDouble.empty(), OptionalDouble.empty());
      }
    }
    if (n == 0) {
      return new Ritz(OptionalDouble.empty(), OptionalDouble.empty());
    }
    if (n == 1) {
      return new Ritz(OptionalDouble.empty(), OptionalDouble.of(diagonal[0]));
    }
    double bound = bound(diagonal, squaredBeside);
    return new Ritz(
        OptionalDouble.of(eigenvalue(diagonal, squaredBeside, 1, bound)),
        OptionalDouble.of(eigenvalue(diagonal, squaredBeside, n, bound)));
  }

  /** The condition number, if the smallest value is positive. */
  OptionalDouble condition() {
    return smallest.isPresent() && smallest.getAsDouble() > 0
        ? OptionalDouble.of(largest.getAsDouble() / smallest.getAsDouble())
        : OptionalDouble.empty();
  }

  /** A bound for the absolute values of all eigenvalues (Gershgorin). */
  private static double bound(double[] diagonal, double[] squaredBeside) {
    double bound = 0;
    for (int k = 0; k < diagonal.length; k++) {
      double left = k == 0 ? 0 : Math.sqrt(squaredBeside[k - 1]);
      double right = k == diagonal.length - 1 ? 0 : Math.sqrt(squaredBeside[k]);
      bound = Math.max(bound, Math.abs(diagonal[k]) + left + right);
    }
    return bound;
  }

  /** The {@code rank}-th smallest eigenvalue by bisection on Sturm's count. */
  private static double eigenvalue(
      double[] diagonal, double[] squaredBeside, int rank, double bound) {
    double low = -bound;
    double high = bound;
    while (high - low > 1e-12 * bound) {
      double middle = low + (high - low) / 2;
      if (below(diagonal, squaredBeside, middle) >= rank) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return low + (high - low) / 2;
  }

  private static int below(double[] diagonal, double[] squaredBeside, double x) {
    int count = 0;
    double pivot = 1;
    for (int k = 0; k < diagonal.length; k++) {
      double before = Math.abs(pivot) < Double.MIN_NORMAL ? Double.MIN_NORMAL : pivot;
      pivot = diagonal[k] - x - (k == 0 ? 0 : squaredBeside[k - 1] / before);
      if (pivot < 0) {
        count++;
      }
    }
    return count;
  }
}
