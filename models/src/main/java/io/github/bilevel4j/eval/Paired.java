package io.github.bilevel4j.eval;

import io.github.bilevel4j.check.UsageError;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The difference between two measurements that are made with the same seeds, or of the same test
 * images, paired over them: what a seed does to both falls out.
 *
 * @param count of pairs
 * @param mean of the differences {@code d_i}
 * @param standardError {@code sqrt(sum (d_i - mean)^2 / (n - 1) / n)}; NaN of one seed
 */
public record Paired(int count, double mean, double standardError) {
  /** Standard errors below which a difference is none, however many seeds there are. */
  private static final int LEAST = 2;

  private static final double LEVEL = 0.95;

  /** Of the mean; a smaller error is none. */
  private static final double ROUNDING = 1e-9;

  /**
   * The first measurements less the others, seed by seed.
   *
   * @throws UsageError if they differ in number, or there are none
   */
  public static Paired of(double[] measured, double[] compared) {
    if (measured.length != compared.length || measured.length == 0) {
      throw UsageError.in("paired difference")
          .because(
              "%d and %d measurements are no pairs, one of each seed",
              measured.length, compared.length)
          .error();
    }
    double[] differences =
        IntStream.range(0, measured.length).mapToDouble(i -> measured[i] - compared[i]).toArray();
    int n = differences.length;
    double mean = Arrays.stream(differences).average().orElseThrow();
    double squares = Arrays.stream(differences).map(d -> (d - mean) * (d - mean)).sum();
    return new Paired(n, mean, n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1) / n));
  }

  /**
   * By how many standard errors a mean has to be away from zero to be a difference: two, and as
   * many as Student's interval of 95 % has for so many pairs, of two 12.7, of three 4.3, of five
   * 2.8. Two pairs are two standard errors away in 30 % of comparisons by chance alone.
   *
   * @param count of pairs, at least two
   */
  public static double leastErrors(int count) {
    return leastErrors(count, 1);
  }

  /**
   * The same for a probability of at least 95 % that none of several comparisons, in each of which
   * there is nothing, is taken for a difference (Bonferroni): Student's t lies within plus and
   * minus that many with the probability {@code 1 - 0.05 / m}.
   *
   * @param count of pairs, at least two
   * @param comparisons m, at least one
   */
  public static double leastErrors(int count, int comparisons) {
    return Math.max(LEAST, quantile(count - 1, 1 - (1 - LEVEL) / comparisons));
  }

  /**
   * Whether the mean is as far from zero as {@link #leastErrors} asks; false of one seed, and where
   * all differences are the same: counts of few test images often are, and have no spread that the
   * mean could be compared with.
   */
  public boolean isDifference() {
    return isDifference(1);
  }

  private boolean isDifference(int comparisons) {
    return count > 1
        && standardError > ROUNDING * Math.abs(mean)
        && Math.abs(mean) >= leastErrors(count, comparisons) * standardError;
  }

  /** The lower end of Student's interval of 95 %; NaN of one seed. */
  public double low() {
    return mean - halfWidth();
  }

  /** The upper end of Student's interval of 95 %; NaN of one seed. */
  public double high() {
    return mean + halfWidth();
  }

  private double halfWidth() {
    return count < 2 ? Double.NaN : quantile(count - 1, LEVEL) * standardError;
  }

  /** Where Student's t is within plus and minus with a probability. */
  static double quantile(int freedom, double level) {
    double low = 0;
    double high = Math.PI / 2;
    while (high - low > 1e-14) {
      double middle = (low + high) / 2;
      if (within(middle, freedom) < level) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return Math.sqrt(freedom) * Math.tan((low + high) / 2);
  }

  /**
   * The probability of {@code |t| < sqrt(freedom) tan(angle)}, a finite sum (Abramowitz and Stegun
   * 1964, 26.7.3 and 26.7.4).
   */
  private static double within(double angle, int freedom) {
    double square = Math.cos(angle) * Math.cos(angle);
    boolean isOdd = freedom % 2 == 1;
    double term = isOdd ? Math.cos(angle) : 1;
    double sum = 0;
    for (int k = isOdd ? 1 : 0; k <= freedom - 2; k += 2) {
      sum += term;
      term *= square * (k + 1) / (k + 2);
    }
    return isOdd ? 2 / Math.PI * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  }

  /**
   * Mean and standard error, {@code "+1.14 ± 0.14"}; {@code "no difference (+0.04 ± 0.11)"} where
   * it {@linkplain #isDifference is none}; {@code "+1.14 (one seed)"} where there is no error.
   */
  public String text(int decimals) {
    return text(decimals, 1);
  }

  /** The same as one of several comparisons, see {@link #leastErrors(int, int)}. */
  public String text(int decimals, int comparisons) {
    String format = "%+." + decimals + "f";
    String signed = String.format(Locale.ROOT, format, mean);
    if (count < 2) {
      return signed + " (one seed)";
    }
    String both = String.format(Locale.ROOT, "%s ± %." + decimals + "f", signed, standardError);
    return isDifference(comparisons) ? both : "no difference (" + both + ")";
  }
}
