package io.github.bilevel4j.monitor;

import io.github.bilevel4j.check.UsageError;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * How far two series that are measured at the same moments go together. NaN where one of them is
 * constant.
 *
 * @param pearson the correlation coefficient
 * @param low of its interval of 95 %, by a bootstrap of moving blocks of {@code ceil(n^(1/3))}
 *     moments, since neighbors in time are alike (Kuensch, 1989): 2,000 draws by a fixed seed
 * @param high of the interval
 * @param effective the number of moments that would tell as much if neighbors were not alike,
 *     {@code n (1 - a b) / (1 + a b)} of the lag-1 autocorrelations a and b, at least four
 *     (Bartlett, 1935)
 * @param fisherLow of the interval of 95 % by Fisher's transform, {@code tanh(atanh r +- 1.96 /
 *     sqrt(effective - 3))}
 * @param fisherHigh of that interval
 * @param spearman the correlation of ranks, equal values sharing theirs
 * @param differences the correlation coefficient of first differences: two rising curves go
 *     together whatever they measure, their changes do not
 * @param late the coefficient from the second one's maximum on; NaN if that leaves fewer than four
 *     moments
 */
public record Association(
    double pearson,
    double low,
    double high,
    double effective,
    double fisherLow,
    double fisherHigh,
    double spearman,
    double differences,
    double late) {
  /** Fewest moments. */
  public static final int LEAST = 4;

  private static final int DRAWS = 2000;

  /**
   * Of a monitor and an accuracy.
   *
   * @throws UsageError if they differ in length, or have fewer than {@value #LEAST} moments
   */
  public static Association of(double[] monitor, double[] accuracy) {
    if (monitor.length != accuracy.length || monitor.length < LEAST) {
      throw UsageError.in("association")
          .because(
              "series of %d and %d moments are not two of the same %d or more",
              monitor.length, accuracy.length, LEAST)
          .maybe("more epochs, or --monitor 1, were meant.");
    }
    double[] draws = draws(monitor, accuracy);
    int peak = peak(accuracy);
    int left = accuracy.length - peak;
    double pearson = pearson(monitor, accuracy);
    double effective = effective(monitor, accuracy);
    return new Association(
        pearson,
        quantile(draws, 0.025),
        quantile(draws, 0.975),
        effective,
        fisher(pearson, effective, -1),
        fisher(pearson, effective, 1),
        pearson(ranks(monitor), ranks(accuracy)),
        pearson(differences(monitor), differences(accuracy)),
        left < LEAST
            ? Double.NaN
            : pearson(
                Arrays.copyOfRange(monitor, peak, monitor.length),
                Arrays.copyOfRange(accuracy, peak, accuracy.length)));
  }

  private static double effective(double[] a, double[] b) {
    double product = autocorrelation(a) * autocorrelation(b);
    return Math.max(LEAST, a.length * (1 - product) / (1 + product));
  }

  /** {@code sum_t (x_t - m) (x_t+1 - m) / sum_t (x_t - m)^2}, in [-1, 1]. */
  private static double autocorrelation(double[] values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    double next = 0;
    double all = 0;
    for (int t = 0; t < values.length; t++) {
      double here = values[t] - mean;
      next += t + 1 < values.length ? here * (values[t + 1] - mean) : 0;
      all += here * here;
    }
    return next / all;
  }

  /** An end of the interval of a coefficient of so many independent pairs. */
  static double fisher(double pearson, double pairs, int side) {
    double z = 0.5 * Math.log((1 + pearson) / (1 - pearson));
    return Math.tanh(z + side * 1.959963984540054 / Math.sqrt(pairs - 3));
  }

  private static int peak(double[] values) {
    return IntStream.range(0, values.length)
        .boxed()
        .max(Comparator.comparingDouble(i -> values[i]))
        .orElseThrow();
  }

  private static double[] draws(double[] a, double[] b) {
    Random random = new Random(1);
    int n = a.length;
    int block = (int) Math.ceil(Math.cbrt(n) - 1e-9);
    double[] draws = new double[DRAWS];
    for (int draw = 0; draw < DRAWS; draw++) {
      double[] x = new double[n];
      double[] y = new double[n];
      int from = 0;
      for (int i = 0; i < n; i++) {
        from = i % block == 0 ? random.nextInt(n - block + 1) : from + 1;
        x[i] = a[from];
        y[i] = b[from];
      }
      draws[draw] = pearson(x, y);
    }
    // A draw of equal values has no coefficient.
    return Arrays.stream(draws).filter(each -> !Double.isNaN(each)).sorted().toArray();
  }

  private static double quantile(double[] sorted, double share) {
    if (sorted.length == 0) {
      return Double.NaN;
    }
    double at = share * (sorted.length - 1);
    int low = (int) at;
    int high = Math.min(low + 1, sorted.length - 1);
    return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
  }

  static double pearson(double[] a, double[] b) {
    double meanA = Arrays.stream(a).average().orElseThrow();
    double meanB = Arrays.stream(b).average().orElseThrow();
    double aa = 0;
    double ab = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      aa += (a[i] - meanA) * (a[i] - meanA);
      ab += (a[i] - meanA) * (b[i] - meanB);
      bb += (b[i] - meanB) * (b[i] - meanB);
    }
    return aa > 0 && bb > 0 ? ab / Math.sqrt(aa) / Math.sqrt(bb) : Double.NaN;
  }

  /** The number of smaller values, and of equal ones half. */
  private static double[] ranks(double[] values) {
    return Arrays.stream(values)
        .map(
            value ->
                Arrays.stream(values)
                    .map(other -> other < value ? 1 : other == value ? 0.5 : 0)
                    .sum())
        .toArray();
  }

  private static double[] differences(double[] values) {
    return IntStream.range(1, values.length).mapToDouble(i -> values[i] - values[i - 1]).toArray();
  }
}
