package io.github.bilevel4j.laws;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.evaluation.Matrices;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.shape.Array;
import java.util.Arrays;

/**
 * The two sides of a law at one example, for one quantity.
 *
 * @param quantity what is compared, for instance {@code value} or {@code gradient by z1}
 * @param left the left side
 * @param relation how the sides are related if the law holds
 * @param right the right side, of the same size
 */
public record Sides(String quantity, Array left, Relation relation, Array right) {

  /** How two sides are related. */
  public enum Relation {
    /** Each element equals the other. */
    EQUAL,
    /** Each element is at most the other. */
    AT_MOST
  }

  /** Checks the sizes. */
  public Sides {
    if (left.size() != right.size()) {
      throw UsageError.in("sides of a law")
          .because("the sides of %s differ in size", quantity)
          .row("left", left.shape().toString())
          .row("right", right.shape().toString())
          .error();
    }
  }

  /** {@code left = right}. */
  public static Sides equal(String quantity, Array left, Array right) {
    return new Sides(quantity, left, Relation.EQUAL, right);
  }

  /** {@code left = right}. */
  public static Sides equal(String quantity, double left, double right) {
    return equal(quantity, Array.scalar(left), Array.scalar(right));
  }

  /** Whether a statement is true, 1 for yes and 0 for no. */
  static Sides isTrue(String quantity, boolean actual, boolean expected) {
    return equal(quantity, actual ? 1 : 0, expected ? 1 : 0);
  }

  /** {@code left <= right}. */
  public static Sides atMost(String quantity, double left, double right) {
    return new Sides(quantity, Array.scalar(left), Relation.AT_MOST, Array.scalar(right));
  }

  /** {@code |left| <= } the largest double: no element is infinite or NaN. */
  public static Sides finite(String quantity, Array left) {
    return new Sides(
        quantity, left, Relation.AT_MOST, Array.fill(left.shape(), i -> Double.MAX_VALUE));
  }

  /** Whether an element of a side is infinite or NaN; then the law does not hold. */
  public boolean notFinite() {
    return !isFinite(left) || !isFinite(right);
  }

  private static boolean isFinite(Array side) {
    return Arrays.stream(side.toDoubles()).allMatch(Double::isFinite);
  }

  /** The largest difference that the relation does not allow; infinite if a side is not finite. */
  public double difference() {
    if (notFinite()) {
      return Double.POSITIVE_INFINITY;
    }
    return Rows.largest(Array.fill(left.shape(), this::difference));
  }

  private double difference(int element) {
    double l = left.at(element);
    double r = right.at(element);
    return relation == Relation.AT_MOST && l <= r ? 0 : l - r;
  }

  /** The difference in relation to one plus the largest element of the right side. */
  public double error() {
    double difference = difference();
    return difference == 0 ? 0 : difference / (1 + Rows.largest(right));
  }

  /** Whether the error is at most a tolerance. */
  public boolean hold(double tolerance) {
    return error() <= tolerance;
  }

  /** Both sides, the difference, the relative error and the tolerance. */
  String text(double tolerance) {
    String sides =
        right.at(0) == Double.MAX_VALUE
            ? Matrices.text(quantity, left) + "\n"
            : Matrices.text(quantity + ", left side", left)
                + "\n"
                + Matrices.text(
                    quantity
                        + ", right side"
                        + (relation == Relation.AT_MOST ? ", the most allowed" : ""),
                    right)
                + "\n";
    return sides
        + (notFinite()
            ? "not finite"
            : "difference "
                + Matrices.number(difference())
                + ", relative error "
                + Matrices.number(error())
                + ", tolerance "
                + Matrices.number(tolerance));
  }
}
