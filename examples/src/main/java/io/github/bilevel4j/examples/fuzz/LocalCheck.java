package io.github.bilevel4j.examples.fuzz;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.BatchNormalization;
import io.github.bilevel4j.op.Binary;
import io.github.bilevel4j.op.Cholesky;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.CumulativeSum;
import io.github.bilevel4j.op.Gather;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.MatMul;
import io.github.bilevel4j.op.MatrixSolve;
import io.github.bilevel4j.op.OneHot;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Pad;
import io.github.bilevel4j.op.Pooling;
import io.github.bilevel4j.op.Power;
import io.github.bilevel4j.op.Random;
import io.github.bilevel4j.op.Reduction;
import io.github.bilevel4j.op.ScatterAdd;
import io.github.bilevel4j.op.TriangularSolve;
import io.github.bilevel4j.op.Unary;
import io.github.bilevel4j.op.Window;
import io.github.bilevel4j.shape.Array;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.DoublePredicate;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * The value of one node against the reference, both at the device's values of its inputs: rounding
 * in earlier nodes does not matter, and what is not continuous can be compared.
 *
 * <p>Sums may be off by rounding of their largest terms, other functions by what a change of their
 * inputs within rounding does. A sum whose terms overflow may overflow in another order. Numbers
 * below the smallest normal one may be taken for zeros of their sign, and a system whose matrix has
 * such elements may have a solution that is not finite.
 */
final class LocalCheck {
  private static final ImmutableSet<Class<?>> SUMS =
      ImmutableSet.of(
          MatMul.class,
          Convolution.Forward.class,
          Convolution.ImageGradient.class,
          Convolution.FilterGradient.class,
          Pooling.Average.class,
          Pooling.AverageGradient.class,
          Pooling.MaxScatter.class,
          CumulativeSum.class,
          ScatterAdd.class);
  private static final ImmutableSet<Class<?>> SYSTEMS =
      ImmutableSet.of(Cholesky.class, TriangularSolve.class, MatrixSolve.class);
  private static final ImmutableSet<Unary> CURVED =
      ImmutableSet.of(
          Unary.SQUARE,
          Unary.SQRT,
          Unary.RECIPROCAL,
          Unary.EXP,
          Unary.LOG,
          Unary.SIN,
          Unary.COS,
          Unary.TANH,
          Unary.SIGMOID,
          Unary.SOFTPLUS);
  // More than the few units in the last place that libraries promise.
  private static final double AMPLIFIED = 100;

  private final boolean single;
  private final double tolerance;
  private final double rounding;
  private final double smallest;
  private final double largest;

  LocalCheck(Precision precision) {
    single = precision == Precision.FLOAT32;
    tolerance = single ? 1e-5 : 1e-13;
    rounding = single ? 0x1p-22 : 0x1p-50;
    smallest = single ? Float.MIN_NORMAL : Double.MIN_NORMAL;
    largest = single ? Float.MAX_VALUE : Double.MAX_VALUE;
  }

  /** What is wrong with a value, if anything is. */
  Optional<String> mistake(Expr node, List<Array> inputs, Array actual) {
    if (!actual.shape().equals(node.shape())) {
      return Optional.of("has the shape " + actual.shape());
    }
    if (node.op() instanceof Leaf || node.op() instanceof Random || isLeftOpen(node, inputs)) {
      return Optional.empty();
    }
    Expr rounded = rounded(node);
    Array expected = Interpreter.applied(rounded, inputs);
    boolean hasSubnormals = inputs.stream().anyMatch(in -> !all(in, this::isNormal));
    Array zeroed =
        hasSubnormals ? Interpreter.applied(rounded, mapped(inputs, this::zeroed)) : expected;
    boolean mayOverflow =
        SYSTEMS.contains(node.op().getClass()) && !all(inputs.get(0), this::isNormal);
    Optional<Array> slack = slack(rounded, inputs, expected);
    for (int i = 0; i < actual.size(); i++) {
      double allowed = slack.isPresent() ? slack.get().at(i) : 0;
      if (!agree(actual.at(i), expected.at(i), allowed)
          && !agree(actual.at(i), zeroed.at(i), allowed)
          && !(mayOverflow && !Double.isFinite(actual.at(i)))) {
        return Optional.of("element %d is %s, not %s".formatted(i, actual.at(i), expected.at(i)));
      }
    }
    return Optional.empty();
  }

  /**
   * What is not finite, or has a square that is not, is not decomposed or normalized. Positions are
   * rounded, halves either way. Whether zeros of a border are multiplied with infinities is not
   * said. An exponent that counts as zero makes one of zero.
   */
  private boolean isLeftOpen(Expr node, List<Array> inputs) {
    Op op = node.op();
    if (op instanceof Gather || op instanceof ScatterAdd || op instanceof OneHot) {
      return !all(Iterables.getLast(inputs), this::isAwayFromHalves);
    }
    if (op instanceof Power power && Math.abs(power.exponent()) < smallest) {
      return true;
    }
    if (op instanceof Convolution convolution && isBordered(convolution.window())) {
      return !inputs.stream().allMatch(in -> all(in, Double::isFinite));
    }
    double most = Math.sqrt(largest) / 100;
    return dependsOnAll(op)
        && !inputs.stream().allMatch(in -> all(in, value -> Math.abs(value) <= most));
  }

  private static boolean isBordered(Window window) {
    return window.top() != 0 || window.bottom() != 0 || window.left() != 0 || window.right() != 0;
  }

  private boolean isAwayFromHalves(double position) {
    double fraction = position - Math.floor(position);
    return Math.abs(fraction - 0.5) > rounding * Math.abs(position);
  }

  private static boolean all(Array array, DoublePredicate condition) {
    return Arrays.stream(array.toDoubles()).allMatch(condition);
  }

  /** The node with the numbers among its attributes as the device has them. */
  private Expr rounded(Expr node) {
    if (single && node.op() instanceof Power power) {
      return Expr.of(new Power((float) power.exponent()), node.inputs());
    }
    if (single && node.op() instanceof Pad pad) {
      return Expr.of(new Pad(pad.before(), pad.after(), (float) pad.value()), node.inputs());
    }
    return node;
  }

  private boolean agree(double actual, double expected, double slack) {
    if (Double.compare(actual, expected) == 0 || actual == expected) {
      return true;
    }
    // Infinite slack: terms or their sum overflow.
    if (!(slack < largest * 0.01)) {
      return true;
    }
    if (Math.abs(expected) > largest * (1 - tolerance)) {
      return !Double.isNaN(actual)
          && Math.abs(actual) > largest * (1 - tolerance)
          && Math.signum(actual) == Math.signum(expected);
    }
    return Math.abs(actual - expected) <= tolerance * Math.abs(expected) + slack + 2 * smallest;
  }

  private boolean isNormal(double value) {
    return value == 0 || !(Math.abs(value) < smallest);
  }

  /** A number below the smallest normal one as the zero of its sign. */
  private double zeroed(double value) {
    return isNormal(value) ? value : Math.copySign(0, value);
  }

  /** By how much each element may be off; infinite where an overflow on the way is possible. */
  private Optional<Array> slack(Expr node, List<Array> inputs, Array expected) {
    Op op = node.op();
    if (isSum(op)) {
      Array terms =
          Interpreter.applied(
              op == Binary.SUBTRACT ? Expr.of(Binary.ADD, node.inputs()) : node,
              op instanceof Pooling.MaxScatter
                  ? List.of(inputs.get(0), mapped(inputs, LocalCheck::size).get(1))
                  : mapped(inputs, LocalCheck::size));
      return Optional.of(
          Array.fill(
              terms.shape(),
              i ->
                  terms.at(i) > 0.01 * largest
                      ? Double.POSITIVE_INFINITY
                      : tolerance * terms.at(i)));
    }
    if (CURVED.contains(op) || op instanceof Power || op == Binary.DIVIDE || dependsOnAll(op)) {
      double[] most = new double[expected.size()];
      for (int variant = 0; variant < 2; variant++) {
        int salt = variant;
        Array moved =
            Interpreter.applied(
                node,
                IntStream.range(0, inputs.size())
                    .mapToObj(at -> changed(inputs.get(at), salt + 7 * at))
                    .toList());
        Arrays.setAll(
            most,
            i -> {
              double difference = AMPLIFIED * Math.abs(moved.at(i) - expected.at(i));
              return Double.isNaN(difference)
                  ? open(expected.at(i), moved.at(i), most[i])
                  : Math.max(most[i], difference);
            });
      }
      if (dependsOnAll(op)) {
        // Every element of a solution depends on all of the system, so does a batch's.
        double all =
            Arrays.stream(most).max().orElse(0)
                + AMPLIFIED * rounding * Arrays.stream(expected.toDoubles()).map(Math::abs).sum();
        Arrays.fill(most, all < Double.POSITIVE_INFINITY ? all : Double.POSITIVE_INFINITY);
      }
      return Optional.of(Array.fill(expected.shape(), i -> most[i]));
    }
    return Optional.empty();
  }

  private static boolean dependsOnAll(Op op) {
    return SYSTEMS.contains(op.getClass()) || op instanceof BatchNormalization;
  }

  /** Both infinite or both not a number: nothing is left open. */
  private static double open(double one, double other, double otherwise) {
    return Double.compare(one, other) == 0 ? otherwise : Double.POSITIVE_INFINITY;
  }

  private Array changed(Array input, int salt) {
    return Array.fill(input.shape(), i -> input.at(i) * (1 + change(i + salt)));
  }

  private double change(int position) {
    return ((position * 0x9E3779B9) & 0x10000) == 0 ? rounding : -rounding;
  }

  private static boolean isSum(Op op) {
    return SUMS.contains(op.getClass())
        || op == Binary.ADD
        || op == Binary.SUBTRACT
        || (op instanceof Reduction reduction && reduction.kind() == Reduction.Kind.SUM);
  }

  private static double size(double value) {
    return Double.isFinite(value) ? Math.abs(value) : 0;
  }

  private static List<Array> mapped(List<Array> inputs, DoubleUnaryOperator function) {
    return inputs.stream()
        .map(in -> Array.fill(in.shape(), i -> function.applyAsDouble(in.at(i))))
        .toList();
  }
}
