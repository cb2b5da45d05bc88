package io.github.bilevel4j.losses.redundancy;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.LossTerms;
import io.github.bilevel4j.losses.OnlineTargetPair;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/**
 * Maximum entropy coding (MEC): minus a multiple of the length {@code log det(I + lambda Z Z^T)} of
 * a code for the samples Z, which estimates their entropy, with two views of the images as the two
 * factors. With the unit rows of students s and teachers t, which are constants, and {@code C(t, s)
 * = lambda t s^T} of the n images,
 *
 * <pre>
 * L = -1/(2 n lambda) [ T(C(t1, s2)) + T(C(t2, s1)) ]  =  alignment + constraint,
 * T(C) = log det(I + C)   or its series   tr(C - C^2/2 + C^3/3 - ...)   to some order.
 * </pre>
 *
 * <p>The term of first order is the alignment, minus the mean cosine; the higher orders are the
 * constraint, and so are the moving average and the stop-gradient of the teachers. The series
 * converges where the spectral radius of C is below one; on collapsed features it is {@code n
 * lambda}, which is why {@code 1 / lambda} usually falls from eight times its value in a warm-up.
 *
 * <p>Embeddings are {@code [n, d]}; the loss is a scalar. Of more than two views, the mean over the
 * pairs of different views is taken. The exact form is computed as {@code log |det(I + C)|} and
 * undefined where {@code I + C} is singular.
 *
 * <p>Source: Liu, Wang, Li, Wang, "Self-supervised learning via maximum entropy coding", 2022.
 *
 * @param inverseLambda {@code 1 / lambda}, a positive scalar
 * @param order of the series; the exact form if empty
 */
public record MaximumEntropyCoding(Expr inverseLambda, OptionalInt order) {
  private static final String NAME = "MaximumEntropyCoding";

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if lambda is not a scalar or the order is less than one
   */
  public MaximumEntropyCoding {
    if (!inverseLambda.shape().isScalar() || order.orElse(1) < 1) {
      throw UsageError.in(NAME)
          .because("1/lambda must be a scalar and the order one or more")
          .row("1/lambda", inverseLambda.label(), inverseLambda.shape().toString())
          .row("order", order.isPresent() ? Integer.toString(order.getAsInt()) : "exact")
          .maybe("MaximumEntropyCoding.inverseLambda(32).order(4) was meant.");
    }
  }

  /**
   * With a value of {@code 1 / lambda} and the series of order four.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public static MaximumEntropyCoding inverseLambda(double value) {
    Require.in(NAME).positive("1/lambda", value);
    return inverseLambda(Expr.constant(value));
  }

  /**
   * With a value of {@code 1 / lambda} that changes with the step, and the series of order four.
   *
   * @throws IllegalArgumentException if it is not a scalar
   */
  public static MaximumEntropyCoding inverseLambda(Expr value) {
    return new MaximumEntropyCoding(value, OptionalInt.of(4));
  }

  /**
   * {@code 1 / lambda = n eps^2 / d} for a batch of n images in d dimensions.
   *
   * @param epsilonSquared the allowed distortion; 64 is usual. The published program calls it eps.
   * @throws IllegalArgumentException if a number is not positive
   */
  public static double inverseLambda(int n, int d, double epsilonSquared) {
    Require.in(NAME).atLeast(1, "n", n);
    Require.in(NAME).atLeast(1, "d", d);
    Require.in(NAME).positive("epsilonSquared", epsilonSquared);
    return n * epsilonSquared / d;
  }

  /**
   * With the series to another order.
   *
   * @throws IllegalArgumentException if it is less than one
   */
  public MaximumEntropyCoding order(int highest) {
    return new MaximumEntropyCoding(inverseLambda, OptionalInt.of(highest));
  }

  /** With the determinant itself. */
  public MaximumEntropyCoding exact() {
    return new MaximumEntropyCoding(inverseLambda, OptionalInt.empty());
  }

  /**
   * The loss L.
   *
   * @param students the trained branch's embeddings of each view
   * @param teachers the other branch's
   * @throws IllegalArgumentException if they are not matrices of the same shape, or there are fewer
   *     than two views
   */
  public Expr of(List<Expr> students, List<Expr> teachers) {
    return terms(students, teachers).total();
  }

  /**
   * The two parts of L.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public LossTerms terms(List<Expr> students, List<Expr> teachers) {
    return LossTerms.of(alignment(students, teachers), constraint(students, teachers));
  }

  /**
   * The part of L that draws students to the teachers of the other view, {@code -1/2 [mean cos(t1,
   * s2) + mean cos(t2, s1)]}.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr alignment(List<Expr> students, List<Expr> teachers) {
    return mean(Expr::trace, students, teachers);
  }

  /**
   * The part of L that spreads the samples: the higher orders.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr constraint(List<Expr> students, List<Expr> teachers) {
    return mean(this::beyondFirstOrder, students, teachers);
  }

  /** The mean of {@code -f(C) / (n lambda)} over the pairs of views. */
  private Expr mean(UnaryOperator<Expr> f, List<Expr> students, List<Expr> teachers) {
    return OnlineTargetPair.required(NAME, "s", students, "t", teachers)
        .mean((s, t) -> f.apply(code(t, s)))
        .times(inverseLambda)
        .dividedBy(-students.get(0).shape().dim(0));
  }

  /** {@code lambda t s^T} or {@code lambda s^T t}, which have the same nonzero eigenvalues. */
  private Expr code(Expr teacher, Expr student) {
    Expr t = teacher.normalized(-1);
    Expr s = student.normalized(-1);
    boolean wide = s.shape().dim(0) <= s.shape().dim(1);
    return (wide ? t.matmulTransposed(s) : s.transposedMatmul(t)).dividedBy(inverseLambda);
  }

  private Expr beyondFirstOrder(Expr c) {
    return order.isPresent()
        ? series(c, order.getAsInt())
        : logAbsoluteDeterminant(c.plusDiagonal(1)).minus(c.trace());
  }

  /** {@code tr(-C^2/2 + C^3/3 - ...)}. */
  private static Expr series(Expr c, int order) {
    List<Expr> powers = new ArrayList<>(List.of(c));
    for (int k = 2; 2 * k <= order + 1; k++) {
      powers.add(powers.get(k - 2).matmul(c));
    }
    Expr sum = Expr.constant(0);
    for (int k = 2; k <= order; k++) {
      // tr(A B) = <A, B^T> for the powers k/2 and k - k/2, so that half of them are multiplied out.
      Expr trace = powers.get(k / 2 - 1).dot(powers.get(k - k / 2 - 1).transposed());
      sum = sum.plus(trace.times((k % 2 == 0 ? -1.0 : 1.0) / k));
    }
    return sum;
  }

  /** {@code log |det A| = 1/2 log det(A^T A)}. */
  private static Expr logAbsoluteDeterminant(Expr a) {
    return a.columnGram().logDeterminant().dividedBy(2);
  }
}
