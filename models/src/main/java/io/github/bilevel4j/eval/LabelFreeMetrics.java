package io.github.bilevel4j.eval;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;

/**
 * What can be said of features without labels. Features are {@code Z [n, d]}, one sample a row;
 * where views of images are compared, the q views of an image are q rows one after another. All is
 * computed on the host in double precision.
 *
 * <p>The spectral ones cost {@code n d min(n, d)} for a product and {@code 4/3 min(n, d)^3} for
 * eigenvalues, and do not change if Z is rotated.
 */
public final class LabelFreeMetrics {
  private static final String NAME = "label-free metrics";
  private static final int FIRST = 12;
  private static final int LAST = 100;
  private static final int TAIL = 10;
  private static final int ANCHORS = 256;
  private static final int CHUNKS = 8;

  private LabelFreeMetrics() {}

  /**
   * The singular values of Z, largest first; those below {@code 1.5e-8 sqrt(min(n, d))} of the
   * largest are zero.
   */
  public static Array spectrum(Array z) {
    requireRows(z, 1);
    return Array.vector(roots(SymmetricMatrix.eigenvalues(SymmetricMatrix.smallerGram(z))));
  }

  /**
   * The effective rank {@code exp(-sum p_k ln p_k)}, {@code p_k = sigma_k / sum sigma}, of the
   * centered features' singular values: in {@code [1, min(n, d)]}, the same for multiples and for
   * features that are moved; 0 if all samples are equal (Roy and Vetterli, "The effective rank",
   * 2007).
   */
  public static double effectiveRank(Array z) {
    requireRows(z, 1);
    return expEntropy(spectrum(centered(z)).toDoubles(), 0);
  }

  /**
   * RankMe: {@code exp(-sum p_k ln p_k)}, {@code p_k = sigma_k / sum sigma + 1e-7}, of the singular
   * values of Z, which is not centered; the same for multiples of Z; 0 if Z is zero (Garrido,
   * Balestriero, Najman, LeCun, "RankMe", 2023).
   */
  public static double rankMe(Array z) {
    return expEntropy(spectrum(z).toDoubles(), 1e-7);
  }

  /**
   * How fast a covariance spectrum falls.
   *
   * @param alpha of {@code lambda_k ~ k^-alpha}
   * @param fit the share of the variance that the line explains, {@code R^2}
   */
  public record Decay(double alpha, double fit) {}

  /**
   * alpha-ReQ: the slope of {@code ln lambda_k = -alpha ln k + b} over {@code k = 12..min(100, d -
   * 10)}, weighted by 1/k; the nearer to 1 the better (Agrawal, Mondal, Ghosh, Richards,
   * "alpha-ReQ", 2022, with the range of Stringer et al., 2019). The same for multiples of Z and
   * for features that are moved. Eigenvalues that rounding alone has made end the range.
   *
   * @throws UsageError if fewer than two eigenvalues are in the range
   */
  public static Decay alphaReQ(Array z) {
    return decay(z)
        .orElseThrow(
            () ->
                UsageError.in(NAME)
                    .because(
                        "alpha-ReQ has no eigenvalues %d to min(%d, d - %d) to fit to",
                        FIRST, LAST, TAIL)
                    .row("given", z.shape().toString())
                    .maybe("a stage of %d features or more was meant.", FIRST + TAIL + 1));
  }

  /** As {@link #alphaReQ}, empty if fewer than two eigenvalues are in the range. */
  public static Optional<Decay> decay(Array z) {
    requireRows(z, 2);
    double[] roots = spectrum(centered(z)).toDoubles();
    double[] lambda = Arrays.stream(roots).map(root -> root * root).toArray();
    int d = z.shape().dim(1);
    int last = Math.min(Math.min(LAST, d - TAIL), lambda.length);
    while (last > FIRST && !(lambda[last - 1] > 1e-13 * lambda[0])) {
      last--;
    }
    return last <= FIRST ? Optional.empty() : Optional.of(line(lambda, last));
  }

  private static Decay line(double[] lambda, int last) {
    double weights = 0;
    double meanX = 0;
    double meanY = 0;
    for (int k = FIRST; k <= last; k++) {
      weights += 1.0 / k;
      meanX += Math.log(k) / k;
      meanY += Math.log(lambda[k - 1]) / k;
    }
    meanX /= weights;
    meanY /= weights;
    double xx = 0;
    double xy = 0;
    double yy = 0;
    for (int k = FIRST; k <= last; k++) {
      double x = Math.log(k) - meanX;
      double y = Math.log(lambda[k - 1]) - meanY;
      xx += x * x / k;
      xy += x * y / k;
      yy += y * y / k;
    }
    return new Decay(-xy / xx, yy == 0 ? 1 : xy * xy / (xx * yy));
  }

  /**
   * LiDAR: the effective rank of linear discriminant analysis between images, {@code exp(-sum p ln
   * p)}, {@code p = lambda / sum lambda + 1e-8}, lambda the eigenvalues of {@code S_w^-1/2 S_b
   * S_w^-1/2}; {@code S_b} the scatter of the images' means by {@code n - 1}, {@code S_w} that
   * within images by {@code n (q - 1)} plus 1e-4 I. In {@code [1, min(d, n - 1)]}; 0 if the means
   * are equal. Not the same for multiples of Z (Thilak et al., "LiDAR", 2024, there with n = 1,000
   * and q = 50).
   *
   * @param views q of an image
   * @throws UsageError if there are fewer than two views or images, or the rows are no multiple
   */
  public static double lidar(Array z, int views) {
    int images = images(z, views);
    int d = z.shape().dim(1);
    double[] values = z.toDoubles();
    double[] means = new double[images * d];
    for (int i = 0; i < values.length; i++) {
      means[i / (views * d) * d + i % d] += values[i] / views;
    }
    Array rest = Array.fill(z.shape(), i -> values[i] - means[i / (views * d) * d + i % d]);
    double[][] within = columnGram(rest, 1.0 / (images * (views - 1)));
    for (int i = 0; i < d; i++) {
      within[i][i] += 1e-4;
    }
    // Similar to S_w^-1/2 S_b S_w^-1/2: C C^T for C = L^-1 (means - mean)^T, S_w = L L^T.
    double[][] solved =
        SymmetricMatrix.solvedRows(
            SymmetricMatrix.cholesky(within),
            rows(centered(Array.wrap(Shape.of(images, d), means))));
    double[] lambda =
        SymmetricMatrix.eigenvalues(SymmetricMatrix.smallerGram(Array.matrix(solved)));
    return expEntropy(Arrays.stream(lambda).map(each -> Math.max(each, 0)).toArray(), 1e-8);
  }

  /**
   * The mean squared distance of the two views of an image as unit vectors, in [0, 4] (Wang and
   * Isola, "Understanding contrastive representation learning through alignment and uniformity",
   * 2020).
   *
   * @throws UsageError if the rows are not pairs
   */
  public static double alignment(Array pairs) {
    int images = images(pairs, 2);
    double[][] unit = unitRows(pairs);
    return IntStream.range(0, images)
            .mapToDouble(i -> squaredDistance(unit[2 * i], unit[2 * i + 1]))
            .sum()
        / images;
  }

  /**
   * {@code ln mean exp(-2 |a - b|^2)} over all pairs of samples as unit vectors, in [-8, 0]; 0 if
   * all are equal (Wang and Isola, 2020). It costs {@code n^2 d}.
   */
  public static double uniformity(Array z) {
    requireRows(z, 2);
    double[][] unit = unitRows(z);
    double sum =
        IntStream.range(1, unit.length)
            .parallel()
            .mapToObj(
                i ->
                    IntStream.range(0, i)
                        .mapToDouble(j -> Math.exp(-2 * squaredDistance(unit[i], unit[j])))
                        .sum())
            .toList()
            .stream()
            .mapToDouble(each -> each)
            .sum();
    return Math.log(sum / (0.5 * unit.length * (unit.length - 1)));
  }

  /**
   * Coding rates of unit vectors in nats (Yu, Chan, You, Song, Ma, "Learning diverse and
   * discriminative representations via the principle of maximal coding rate reduction", 2020), the
   * same for multiples of rows.
   *
   * @param rate of all samples, {@code R = 1/2 ln det(I + d / (n eps^2) Z^T Z)}
   * @param compressed the mean of those within classes, {@code R_c = sum_j t_j / (2n) ln det(I + d
   *     / (t_j eps^2) Z^T Pi_j Z)}, {@code Pi_j = diag(pi_1j, ..., pi_nj)} the samples' shares in
   *     class j and {@code t_j} their sum
   */
  public record CodingRates(double rate, double compressed) {
    /** {@code R - R_c}; not negative but for rounding. */
    public double reduction() {
      return rate - compressed;
    }
  }

  /**
   * The rates where each image is a class of its own, whose samples are its two views (the monitor
   * of UMM, 2024, arXiv 2410.00772).
   *
   * @param epsilonSquared the squared distortion, 0.1 for instance
   * @throws UsageError if the rows are not pairs, or the distortion is not positive
   */
  public static CodingRates pairRates(Array pairs, double epsilonSquared) {
    int images = images(pairs, 2);
    return classRates(
        pairs, IntStream.range(0, 2 * images).map(row -> row / 2).toArray(), epsilonSquared);
  }

  /**
   * The rates by classes that are known.
   *
   * @param labels the class of each row
   * @throws UsageError if there is not one for each row, or the distortion is not positive
   */
  public static CodingRates classRates(Array z, int[] labels, double epsilonSquared) {
    Require.in(NAME).positive("epsilon squared", epsilonSquared);
    requireRows(z, 1);
    double[][] unit = unitRows(z);
    if (labels.length != unit.length) {
      throw UsageError.in(NAME)
          .because("got %d labels for %d rows", labels.length, unit.length)
          .error();
    }
    double perRow = z.shape().dim(1) / epsilonSquared;
    double within =
        IntStream.range(0, unit.length)
            .boxed()
            .collect(Collectors.groupingBy(row -> labels[row]))
            .values()
            .stream()
            .map(rows -> rows.stream().map(row -> unit[row]).toArray(double[][]::new))
            .mapToDouble(rows -> rows.length * rate(rows, perRow / rows.length))
            .sum();
    return new CodingRates(rate(unit, perRow / unit.length), within / unit.length);
  }

  /**
   * The rates where each sample in turn is the anchor of a class to which the others belong by
   * similarity, {@code pi_ij = softmax over anchors j != i of <z_i, z_j>} (UMM, 2024; reconstructed
   * from its text). Of more than {@value #ANCHORS} rows means over the first {@value #CHUNKS} parts
   * of as many. It factorizes a matrix for each row.
   *
   * @throws UsageError if there are fewer than two rows, or the distortion is not positive
   */
  public static CodingRates softRates(Array z, double epsilonSquared) {
    Require.in(NAME).positive("epsilon squared", epsilonSquared);
    requireRows(z, 2);
    double[][] unit = unitRows(z);
    double perRow = z.shape().dim(1) / epsilonSquared;
    int size = Math.min(ANCHORS, unit.length);
    int parts = Math.min(CHUNKS, unit.length / size);
    double rate = 0;
    double compressed = 0;
    for (int part = 0; part < parts; part++) {
      double[][] rows = Arrays.copyOfRange(unit, part * size, (part + 1) * size);
      rate += rate(rows, perRow / size) / parts;
      compressed += softWithin(rows, perRow) / parts;
    }
    return new CodingRates(rate, compressed);
  }

  private static double softWithin(double[][] rows, double perRow) {
    int n = rows.length;
    double[][] gram = new double[n][n];
    double[][] shares = new double[n][n];
    for (int i = 0; i < n; i++) {
      double sum = 0;
      for (int j = 0; j < n; j++) {
        gram[i][j] = SymmetricMatrix.dot(rows[i], rows[j]);
        shares[i][j] = i == j ? 0 : Math.exp(gram[i][j]);
        sum += shares[i][j];
      }
      for (int j = 0; j < n; j++) {
        shares[i][j] /= sum;
      }
    }
    return IntStream.range(0, n)
            .parallel()
            .mapToDouble(
                anchor -> {
                  double[] share = Arrays.stream(shares).mapToDouble(row -> row[anchor]).toArray();
                  double total = Arrays.stream(share).sum();
                  double[][] weighted = new double[n][n];
                  for (int i = 0; i < n; i++) {
                    for (int k = 0; k < n; k++) {
                      weighted[i][k] = Math.sqrt(share[i] * share[k]) * gram[i][k];
                    }
                  }
                  return total * halfLogDeterminant(weighted, perRow / total);
                })
            .boxed()
            .toList()
            .stream()
            .mapToDouble(each -> each)
            .sum()
        / n;
  }

  private static double rate(double[][] rows, double scale) {
    return halfLogDeterminant(SymmetricMatrix.smallerGram(Array.matrix(rows)), scale);
  }

  /** {@code 1/2 ln det(I + scale G)}; the matrix is overwritten. */
  private static double halfLogDeterminant(double[][] gram, double scale) {
    for (int i = 0; i < gram.length; i++) {
      for (int j = 0; j < gram.length; j++) {
        gram[i][j] = scale * gram[i][j] + (i == j ? 1 : 0);
      }
    }
    DMatrixRMaj factor = SymmetricMatrix.cholesky(gram);
    return IntStream.range(0, gram.length).mapToDouble(i -> Math.log(factor.get(i, i))).sum();
  }

  /**
   * TwoNN: the dimension of the manifold near which samples lie, {@code m / sum ln(r2 / r1)} of the
   * Euclidean distances r1 and r2 to the nearest and second-nearest of the others, over the m
   * samples that have no equal one (Facco, d'Errico, Rodriguez, Laio, "Estimating the intrinsic
   * dimension of datasets by a minimal neighborhood information", 2017). NaN if all have, of two
   * samples, and where r2 is always r1. It costs {@code n^2 d}.
   */
  public static double intrinsicDimension(Array z) {
    requireRows(z, 2);
    double[][] rows = rows(z);
    double[] logs =
        IntStream.range(0, rows.length)
            .parallel()
            .mapToDouble(i -> logOfNearest(rows, i))
            .toArray();
    double[] finite = Arrays.stream(logs).filter(Double::isFinite).toArray();
    double sum = Arrays.stream(finite).sum();
    return sum > 0 ? finite.length / sum : Double.NaN;
  }

  private static double logOfNearest(double[][] rows, int i) {
    double first = Double.POSITIVE_INFINITY;
    double second = Double.POSITIVE_INFINITY;
    for (int j = 0; j < rows.length; j++) {
      double distance = j == i ? Double.POSITIVE_INFINITY : squaredDistance(rows[i], rows[j]);
      second = Math.min(second, Math.max(first, distance));
      first = Math.min(first, distance);
    }
    return first == 0 ? Double.NaN : 0.5 * Math.log(second / first);
  }

  private static double expEntropy(double[] values, double epsilon) {
    double sum = Arrays.stream(values).sum();
    if (!(sum > 0)) {
      return 0;
    }
    double entropy = 0;
    for (double value : values) {
      double p = value / sum + epsilon;
      entropy -= p == 0 ? 0 : p * Math.log(p);
    }
    return Math.exp(entropy);
  }

  /** Of eigenvalues, largest first; those that rounding alone has made are zero. */
  private static double[] roots(double[] eigenvalues) {
    double rounding = eigenvalues.length * Math.ulp(1.0) * eigenvalues[0];
    return Arrays.stream(eigenvalues)
        .map(value -> value > rounding ? Math.sqrt(value) : 0)
        .toArray();
  }

  private static double[][] columnGram(Array rows, double factor) {
    int d = rows.shape().dim(1);
    double[][] columns = new double[d][rows.shape().dim(0)];
    for (int i = 0; i < rows.size(); i++) {
      columns[i % d][i / d] = rows.at(i);
    }
    return IntStream.range(0, d)
        .parallel()
        .mapToObj(
            i ->
                Arrays.stream(columns)
                    .mapToDouble(column -> factor * SymmetricMatrix.dot(columns[i], column))
                    .toArray())
        .toArray(double[][]::new);
  }

  private static Array centered(Array z) {
    int n = z.shape().dim(0);
    int d = z.shape().dim(1);
    double[] means = new double[d];
    for (int i = 0; i < z.size(); i++) {
      means[i % d] += z.at(i) / n;
    }
    return Array.fill(z.shape(), i -> difference(z.at(i), means[i % d]));
  }

  /** Zero where it is rounding alone, of which collapsed features would get a spectrum. */
  private static double difference(double value, double mean) {
    double difference = value - mean;
    return Math.abs(difference) <= 1e-13 * Math.abs(mean) ? 0 : difference;
  }

  private static double[][] rows(Array z) {
    int d = z.shape().dim(1);
    double[] values = z.toDoubles();
    return IntStream.range(0, z.shape().dim(0))
        .mapToObj(i -> Arrays.copyOfRange(values, i * d, (i + 1) * d))
        .toArray(double[][]::new);
  }

  /** Rows of length one; a zero row stays zero. */
  private static double[][] unitRows(Array z) {
    double[][] rows = rows(z);
    for (double[] row : rows) {
      double length = Math.sqrt(SymmetricMatrix.dot(row, row));
      for (int j = 0; j < row.length && length > 0; j++) {
        row[j] /= length;
      }
    }
    return rows;
  }

  private static double squaredDistance(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += (a[j] - b[j]) * (a[j] - b[j]);
    }
    return sum;
  }

  private static int images(Array z, int views) {
    requireRows(z, 1);
    int n = z.shape().dim(0);
    if (views < 2 || n % views != 0 || n / views < 2) {
      throw UsageError.in(NAME)
          .because("%d rows are not %d views each of two images or more", n, views)
          .maybe("the views of an image should be rows one after another.");
    }
    return n / views;
  }

  private static void requireRows(Array z, int least) {
    if (z.shape().rank() != 2 || z.size() == 0 || z.shape().dim(0) < least) {
      throw UsageError.in(NAME)
          .because("features should be a matrix [n, d] of %d rows or more", least)
          .row("given", z.shape().toString())
          .maybe("a pooling is missing.");
    }
    for (int i = 0; i < z.size(); i++) {
      if (!Double.isFinite(z.at(i))) {
        throw UsageError.in(NAME)
            .because("a feature is %s", z.at(i))
            .maybe("the encoder's training has diverged.");
      }
    }
  }
}
