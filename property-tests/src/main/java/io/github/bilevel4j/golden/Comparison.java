package io.github.bilevel4j.golden;

import io.github.bilevel4j.shape.Array;
import java.util.Arrays;
import java.util.List;

/** A computed array beside the expected one. Shapes may differ: both are compared row-major. */
record Comparison(String path, Array expected, Array actual, Measure measure) {
  private static final double SMALLEST = 1e-300;

  Comparison {
    if (expected.size() != actual.size()) {
      throw new IllegalArgumentException(
          path + ": expected " + expected.shape() + " but computed " + actual.shape());
    }
  }

  /** The largest difference in relation to the scale; NaN if an element is. */
  double relativeError() {
    int rows = measure.byRow() ? expected.shape().dim(0) : 1;
    int size = expected.size() / rows;
    double worst = 0;
    for (int row = 0; row < rows; row++) {
      worst = Math.max(worst, relativeError(row * size, (row + 1) * size));
    }
    return worst;
  }

  private double relativeError(int from, int to) {
    double difference = 0;
    double largest = 0;
    for (int i = from; i < to; i++) {
      difference = Math.max(difference, Math.abs(actual.at(i) - expected.at(i)));
      largest = Math.max(largest, Math.abs(expected.at(i)));
    }
    return difference == 0 ? 0 : difference / Math.max(measure.scale().orElse(largest), SMALLEST);
  }

  /**
   * What the array is called in a report: {@code gradient} for the loss's derivatives, {@code
   * value} for the loss, else the first part of its path that is not a number or the K above one.
   */
  String group() {
    List<String> parts =
        Arrays.stream(path.split("/")).filter(each -> !each.matches("\\d+|K")).toList();
    if (parts.contains("grad")) {
      return "gradient";
    }
    String part = parts.isEmpty() ? path : parts.get(0);
    return part.equals("loss") ? "value" : part;
  }
}
