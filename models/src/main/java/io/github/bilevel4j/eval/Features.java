package io.github.bilevel4j.eval;

import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The features of labeled samples, on the host.
 *
 * @param matrix one sample a row, {@code [count, dimension]}
 * @param labels the class of each sample, in {@code 0..classes-1}
 * @param classes the number of classes
 */
public record Features(Array matrix, ImmutableIntArray labels, int classes) {
  private static final String NAME = "features";

  /**
   * Checks that everything fits.
   *
   * @throws IllegalArgumentException if the matrix is not one or is empty, there is not one label
   *     for each row, a label is not a class, or a value is not finite
   */
  public Features {
    requireMatrix(matrix);
    requireLabels(matrix.shape().dim(0), labels, classes);
    requireFinite(matrix);
  }

  /** As the constructor. */
  public static Features of(Array matrix, int[] labels, int classes) {
    return new Features(matrix, ImmutableIntArray.copyOf(labels), classes);
  }

  /** The pixels themselves, in [0, 1]: what any encoder should improve upon. */
  public static Features ofPixels(LabeledImages images) {
    double[] pixels = images.pixels(IntStream.range(0, images.count()).toArray());
    Shape shape = Shape.of(images.count(), pixels.length / images.count());
    return of(Array.wrap(shape, pixels), images.labels(), images.classCount());
  }

  /** Number of samples. */
  public int count() {
    return matrix.shape().dim(0);
  }

  /** Number of features of a sample. */
  public int dimension() {
    return matrix.shape().dim(1);
  }

  /** As many rows as the size says from one on; beyond the end the last row is repeated. */
  Array rows(int from, int size) {
    int d = dimension();
    return Array.fill(
        Shape.of(size, d), i -> matrix.at(Math.min(from + i / d, count() - 1) * d + i % d));
  }

  /** Some rows. */
  Features take(List<Integer> rows) {
    int d = dimension();
    Array taken = Array.fill(Shape.of(rows.size(), d), i -> matrix.at(rows.get(i / d) * d + i % d));
    return of(taken, rows.stream().mapToInt(labels::get).toArray(), classes);
  }

  /** Each row divided by its length, {@code z / |z|}; zero rows stay. */
  public Features unitRows() {
    int d = dimension();
    double[] unit = matrix.toDoubles();
    for (int row = 0; row < count(); row++) {
      double squares = 0;
      for (int i = row * d; i < (row + 1) * d; i++) {
        squares += unit[i] * unit[i];
      }
      for (int i = row * d; squares > 0 && i < (row + 1) * d; i++) {
        unit[i] /= Math.sqrt(squares);
      }
    }
    return new Features(Array.wrap(matrix.shape(), unit), labels, classes);
  }

  /** The labels as numbers, {@code [count]}. */
  Array labelVector() {
    return Array.fill(Shape.of(count()), labels::get);
  }

  /** Checks on behalf of an operation that two parts can be compared. */
  static void requireComparable(String operation, Features train, Features test) {
    boolean stages = train.dimension() != test.dimension();
    if (stages || train.classes() != test.classes()) {
      throw UsageError.in(operation)
          .because(
              "train and test features differ in %s, %d and %d",
              stages ? "dimension" : "the number of classes",
              stages ? train.dimension() : train.classes(),
              stages ? test.dimension() : test.classes())
          .row("train", train.toString())
          .row("test", test.toString())
          .maybe("they come from different %s.", stages ? "stages" : "data sets");
    }
  }

  private static void requireMatrix(Array matrix) {
    if (matrix.shape().rank() != 2) {
      throw UsageError.in(NAME)
          .because("they should be a matrix [count, dimension]")
          .row("given", matrix.shape().toString())
          .maybe("a pooling is missing.");
    }
    if (matrix.size() == 0) {
      throw UsageError.in(NAME)
          .because("there are none")
          .row("given", matrix.shape().toString())
          .maybe("a selection has left no sample.");
    }
  }

  private static void requireLabels(int count, ImmutableIntArray labels, int classes) {
    if (labels.length() != count) {
      throw UsageError.in(NAME)
          .because("%d rows have %d labels", count, labels.length())
          .maybe("the labels belong to another part of the data.");
    }
    for (int row = 0; row < count; row++) {
      int label = labels.get(row);
      if (label < 0 || label >= classes) {
        throw UsageError.in(NAME)
            .because("row %d has label %d of %d classes", row, label, classes)
            .maybe("labels should count from 0.");
      }
    }
  }

  private static void requireFinite(Array matrix) {
    int d = matrix.shape().dim(1);
    for (int i = 0; i < matrix.size(); i++) {
      if (!Double.isFinite(matrix.at(i))) {
        throw UsageError.in(NAME)
            .because("feature %d of row %d is %s", i % d, i / d, matrix.at(i))
            .maybe("the encoder's training has diverged.");
      }
    }
  }

  /** For instance {@code [5000, 128] in 10 classes}. */
  @Override
  public String toString() {
    return matrix.shape() + " in " + classes + " classes";
  }
}
