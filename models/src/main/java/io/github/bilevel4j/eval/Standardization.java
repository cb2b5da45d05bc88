package io.github.bilevel4j.eval;

import io.github.bilevel4j.shape.Array;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/** {@code (x - mean) / deviation} for each feature, both of the train part (divisor n). */
final class Standardization {
  /** Features that vary less than this are noise or constant, and are not blown up. */
  private static final double SMALLEST_DEVIATION = 1e-6;

  private final double[] means;
  private final double[] deviations;

  private Standardization(double[] means, double[] deviations) {
    this.means = means;
    this.deviations = deviations;
  }

  /** That leaves features as they are. */
  static Standardization none(int dimension) {
    double[] ones = new double[dimension];
    Arrays.fill(ones, 1);
    return new Standardization(new double[dimension], ones);
  }

  static Standardization of(Features train) {
    double[] means = means(train.matrix());
    return new Standardization(means, deviations(train.matrix(), means));
  }

  Features apply(Features features) {
    int d = features.dimension();
    double[] standardized = features.matrix().toDoubles();
    for (int row = 0; row < features.count(); row++) {
      for (int j = 0; j < d; j++) {
        int i = row * d + j;
        standardized[i] = (standardized[i] - means[j]) / deviations[j];
      }
    }
    return new Features(
        Array.wrap(features.matrix().shape(), standardized), features.labels(), features.classes());
  }

  private static double[] means(Array matrix) {
    return columnMeans(matrix, new double[matrix.shape().dim(1)], value -> value);
  }

  private static double[] deviations(Array matrix, double[] means) {
    return Arrays.stream(columnMeans(matrix, means, difference -> difference * difference))
        .map(variance -> Math.max(Math.sqrt(variance), SMALLEST_DEVIATION))
        .toArray();
  }

  /** The mean of a function of each column's values, from which a number is taken off first. */
  private static double[] columnMeans(Array matrix, double[] off, DoubleUnaryOperator function) {
    int d = off.length;
    int count = matrix.shape().dim(0);
    double[] sums = new double[d];
    for (int row = 0; row < count; row++) {
      for (int j = 0; j < d; j++) {
        sums[j] += function.applyAsDouble(matrix.at(row * d + j) - off[j]);
      }
    }
    return Arrays.stream(sums).map(sum -> sum / count).toArray();
  }
}
