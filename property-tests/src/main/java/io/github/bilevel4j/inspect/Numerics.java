package io.github.bilevel4j.inspect;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.laws.LossFunction;
import io.github.bilevel4j.laws.LossFunction.Point;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * The behavior of a loss at one kind of embeddings, over several shapes: n above d, n = 2, d above
 * n.
 *
 * @param embeddings the kind of embeddings
 * @param value the loss of the first of the shapes in float64
 * @param notFinite the first quantity that is not finite, with its shape and precision; empty if
 *     all are
 * @param singlePrecision the largest relative difference of value and gradients between float32 and
 *     float64, if all are finite
 */
public record Numerics(
    String embeddings, double value, String notFinite, OptionalDouble singlePrecision) {
  private static final ImmutableList<Shape> SHAPES =
      ImmutableList.of(Shape.of(4, 3), Shape.of(2, 3), Shape.of(3, 8));

  /** Element i of a view, by its row-major position, in rows of length d. */
  private interface Embedding {
    double at(int i, int view, int d);
  }

  private static final ImmutableMap<String, Embedding> EMBEDDINGS =
      ImmutableMap.<String, Embedding>builder()
          .put("ordinary", (i, view, d) -> ordinary(i, view))
          .put("100 times as long", (i, view, d) -> 100 * ordinary(i, view))
          .put("1e4 times as long", (i, view, d) -> 1e4 * ordinary(i, view))
          .put("1e-6 times as long", (i, view, d) -> 1e-6 * ordinary(i, view))
          .put("1e-12 times as long", (i, view, d) -> 1e-12 * ordinary(i, view))
          .put("one row zero", (i, view, d) -> i < d ? 0 : ordinary(i, view))
          .put("all zero", (i, view, d) -> 0)
          .put("views equal", (i, view, d) -> ordinary(i, 0))
          .put("views opposite", (i, view, d) -> (1 - 2 * (view % 2)) * ordinary(i, 0))
          .put("collapsed to a point", (i, view, d) -> ordinary(i % d, 0))
          .put("collapsed to a line", (i, view, d) -> ordinary(i % d, 0) * (1 + i / d + 0.1 * view))
          .buildOrThrow();

  private static double ordinary(int i, int view) {
    return Math.sin(1 + 3 * i + view);
  }

  static ImmutableList<Numerics> table(LossFunction loss) {
    return EMBEDDINGS.entrySet().stream()
        .filter(each -> loss.views() > 1 || !each.getKey().startsWith("views"))
        .map(each -> of(each.getKey(), each.getValue(), loss))
        .collect(ImmutableList.toImmutableList());
  }

  private static Numerics of(String name, Embedding embedding, LossFunction loss) {
    OptionalDouble value = OptionalDouble.empty();
    double difference = 0;
    String notFinite = "";
    for (Shape shape : SHAPES) {
      List<Array> views = views(embedding, loss, shape);
      try {
        Point exact = loss.at(views, Precision.FLOAT64);
        Point rounded = loss.at(views, Precision.FLOAT32);
        value = value.isPresent() ? value : OptionalDouble.of(exact.value());
        notFinite = notFinite.isEmpty() ? notFinite(exact, shape, "float64") : notFinite;
        notFinite = notFinite.isEmpty() ? notFinite(rounded, shape, "float32") : notFinite;
        difference =
            Math.max(difference, difference(exact, rounded, views, natural(loss, shape, views)));
      } catch (UsageError refused) {
        // The loss does not take this shape: the report's shape rules say so.
      }
    }
    return new Numerics(
        name,
        value.orElse(Double.NaN),
        notFinite,
        notFinite.isEmpty() ? OptionalDouble.of(difference) : OptionalDouble.empty());
  }

  private static String notFinite(Point point, Shape shape, String precision) {
    if (!Double.isFinite(point.value())) {
      return "the value is " + point.value() + " at " + shape + " in " + precision;
    }
    for (int i = 0; i < point.gradients().size(); i++) {
      for (double element : point.gradients().get(i).toDoubles()) {
        if (!Double.isFinite(element)) {
          return "the gradient by z"
              + (i + 1)
              + " has "
              + element
              + " at "
              + shape
              + " in "
              + precision;
        }
      }
    }
    return "";
  }

  /**
   * The value relative to itself, but at least to one. Gradients relative to their largest element,
   * but at least to their natural size and to {@code |L| / |Z|}: where they vanish, rounding is all
   * there is.
   */
  private static double difference(
      Point exact, Point rounded, List<Array> views, double naturalGradient) {
    double value = Math.abs(exact.value());
    double largest = Math.abs(exact.value() - rounded.value()) / Math.max(1, value);
    for (int i = 0; i < views.size(); i++) {
      Array gradient = exact.gradients().get(i);
      double length = Rows.largest(views.get(i));
      double scale =
          Math.max(
              Math.max(Rows.largest(gradient), naturalGradient), length > 0 ? value / length : 0);
      if (scale > 0) {
        largest = Math.max(largest, Rows.difference(gradient, rounded.gradients().get(i)) / scale);
      }
    }
    return largest;
  }

  /** The gradient's largest element at ordinary embeddings; zero if these are of another length. */
  private static double natural(LossFunction loss, Shape shape, List<Array> views) {
    double length = Rows.largest(views.get(0));
    if (length < 0.1 || length > 10) {
      return 0;
    }
    return loss.at(views(EMBEDDINGS.get("ordinary"), loss, shape)).gradients().stream()
        .mapToDouble(Rows::largest)
        .max()
        .orElse(0);
  }

  private static List<Array> views(Embedding embedding, LossFunction loss, Shape shape) {
    return IntStream.range(0, loss.views())
        .mapToObj(view -> Array.fill(shape, i -> embedding.at(i, view, shape.dim(1))))
        .toList();
  }

  /** Whether value and gradients are finite for all shapes and in both precisions. */
  public boolean isFinite() {
    return notFinite.isEmpty();
  }

  /** One line of the table. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%-21s %12.5g   ", embeddings, value)
        + (isFinite()
            ? String.format(Locale.ROOT, "float32 differs by %.0e", singlePrecision.orElseThrow())
            : "NOT FINITE: " + notFinite);
  }
}
