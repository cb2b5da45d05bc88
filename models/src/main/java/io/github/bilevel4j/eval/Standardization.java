package io.github.bilevel4j.eval;

import io.github.bilevel4j.shape.Array;
import java.util.Arrays;

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
    Array matrix = features.matrix();
    Array standardized =
        Array.fill(matrix.shape(), i -> (matrix.at(i) - means[i % d]) / deviations[i % d]);
    return new Features(standardized, features.labels(), features.classes());
  }

  private static double[] means(Array matrix) {
    int d = matrix.shape().dim(1);
    double[] sums = new double[d];
    for (int i = 0; i < matrix.size(); i++) {
      sums[i % d] += matrix.at(i);
    }
    return Arrays.stream(sums).map(sum -> sum / matrix.shape().dim(0)).toArray();
  }

  private static double[] deviations(Array matrix, double[] means) {
    int d = matrix.shape().dim(1);
    double[] sums = new double[d];
    for (int i = 0; i < matrix.size(); i++) {
      double difference = matrix.at(i) - means[i % d];
      sums[i % d] += difference * difference;
    }
    return Arrays.stream(sums)
        .map(sum -> Math.max(Math.sqrt(sum / matrix.shape().dim(0)), SMALLEST_DEVIATION))
        .toArray();
  }
}
