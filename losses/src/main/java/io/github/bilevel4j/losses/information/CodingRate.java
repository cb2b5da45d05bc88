package io.github.bilevel4j.losses.information;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.Multimaps;
import com.google.common.primitives.Ints;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.Embeddings;
import io.github.bilevel4j.losses.ViewPair;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Collection;
import java.util.stream.IntStream;

/**
 * The coding rate of features and its reduction by classes, in nats. For n samples as rows of
 * {@code Z [n, d]} and memberships {@code Pi_j = diag(pi_1j, ..., pi_nj)},
 *
 * <pre>
 * R(Z)      = 1/2 log det(I + d / (n eps^2) Z^T Z)
 * R_c(Z|Pi) = sum_j tr(Pi_j) / (2n) log det(I + d / (tr(Pi_j) eps^2) Z^T Pi_j Z)
 * reduction = R - R_c                                                      (to be maximized)
 * </pre>
 *
 * <p>The scale of Z counts: rows usually have length one ({@link #onUnitRows()}). Determinants are
 * those of the smaller Gram matrix, by Cholesky; its condition number reaches {@code 1 + d |z|^2 /
 * eps^2} with the longest row z, which in float32 should stay below 1e6.
 *
 * <p>Source: Yu, Chan, You, Song, Ma, "Learning diverse and discriminative representations via the
 * principle of maximal coding rate reduction" (MCR2), 2020; for views, "On the generalization and
 * causal explanation in self-supervised learning" (UMM), 2024.
 *
 * @param epsilonSquared {@code eps^2}, the allowed mean squared distortion, positive. The published
 *     programs call it eps.
 * @param unitRows whether rows are scaled to length one first
 */
public record CodingRate(double epsilonSquared, boolean unitRows) {
  private static final String NAME = "CodingRate";

  /** Added below square roots: it has no effect on values, and slopes at zero stay finite. */
  private static final double UNDER_ROOT = 1e-20;

  /** Classes of less total membership than this count as if they had it. */
  private static final double SMALLEST_CLASS = 1e-12;

  /**
   * Checks the distortion.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public CodingRate {
    Require.in(NAME).positive("epsilonSquared", epsilonSquared);
  }

  /**
   * The coding rate up to a mean squared distortion {@code eps^2}; 0.1 to 0.5 are usual.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public static CodingRate epsilonSquared(double epsilonSquared) {
    return new CodingRate(epsilonSquared, false);
  }

  /** With the rows of all features scaled to length one first. */
  public CodingRate onUnitRows() {
    return new CodingRate(epsilonSquared, true);
  }

  /**
   * {@code R(Z)}, a scalar.
   *
   * @throws IllegalArgumentException if z is not a matrix
   */
  public Expr of(Expr z) {
    return logDeterminant(rows(z), z.shape().dim(0)).dividedBy(2);
  }

  /**
   * {@code R_c} of hard classes, a scalar: the mean rate of each class by itself.
   *
   * @param labels the class of each row; any numbers
   * @throws IllegalArgumentException if there is not one label for each row
   */
  public Expr ofClasses(Expr z, int[] labels) {
    Expr rows = rows(z);
    int n = rows.shape().dim(0);
    if (labels.length != n) {
      throw UsageError.in(NAME)
          .because("got %d labels for %d rows", labels.length, n)
          .row("z", z.label(), z.shape().toString())
          .maybe("the labels belong to another batch.");
    }
    ImmutableListMultimap<Integer, Integer> members =
        Multimaps.index(Ints.asList(IntStream.range(0, n).toArray()), row -> labels[row]);
    // Classes of equal size share one batched factorization.
    return Multimaps.index(members.asMap().values(), Collection::size).asMap().entrySet().stream()
        .map(classes -> ofClassesOfSize(classes.getKey(), rows, classes.getValue()))
        .reduce(Expr::plus)
        .orElseGet(() -> Expr.constant(0));
  }

  /**
   * {@code R_c} of soft classes, a scalar.
   *
   * @param memberships {@code pi [n, k]}, not negative; rows sum to one
   * @throws IllegalArgumentException if there is not one row of memberships for each row of z
   */
  public Expr ofSoftClasses(Expr z, Expr memberships) {
    Expr rows = rows(z);
    int n = rows.shape().dim(0);
    if (memberships.shape().rank() != 2 || memberships.shape().dim(0) != n) {
      throw UsageError.in(NAME)
          .because("memberships do not fit the features")
          .row("z", z.label(), z.shape().toString())
          .row("memberships", memberships.label(), memberships.shape().toString())
          .maybe("memberships should be [%d, classes].", n);
    }
    Expr sizes = memberships.sum(0);
    Expr shares = memberships.dividedBy(sizes.maximum(SMALLEST_CLASS));
    return sizes.dot(logDeterminants(rows, shares)).dividedBy(2.0 * n);
  }

  /**
   * {@code R_c} when the two views of each image are a class, a scalar, in closed form at cost O(n
   * d). With {@code c = d / (2 eps^2)} and {@code G} the Gram matrix of the two rows,
   *
   * <pre>
   * R_c = 1/2n sum_i log det(I + c G_i)
   *     = 1/2n sum_i log[ (1 + c |z1_i|^2) (1 + c |z2_i|^2) - c^2 &lt;z1_i, z2_i&gt;^2 ],
   * </pre>
   *
   * <p>for unit rows {@code log[(1 + c)^2 - c^2 cos^2(z1_i, z2_i)]}.
   *
   * @throws IllegalArgumentException if the views are not two matrices of the same shape
   */
  public Expr ofPairs(Expr z1, Expr z2) {
    ViewPair views = views(z1, z2);
    double c = z1.shape().dim(1) / (2 * epsilonSquared);
    // G has the same determinant and trace in the rows (z1 + z2)/sqrt 2 and (z1 - z2)/sqrt 2, where
    // it does not cancel for aligned views.
    Expr sum = views.first().plus(views.second());
    Expr difference = views.first().minus(views.second());
    Expr sums = sum.squared().sum(-1).times(c / 2);
    Expr differences = difference.squared().sum(-1).times(c / 2);
    Expr cross = sum.times(difference).sum(-1).times(c / 2);
    Expr determinant = sums.times(differences).minus(cross.squared()).relu();
    return sums.plus(differences).plus(determinant).plus(1).log().mean().dividedBy(2);
  }

  /**
   * {@code R - R_c} for hard classes known when the expression is written.
   *
   * @throws IllegalArgumentException as {@link #ofClasses}
   */
  public Expr reduction(Expr z, int[] labels) {
    return of(z).minus(ofClasses(z, labels));
  }

  /**
   * {@code R - R_c} for hard classes that are an expression.
   *
   * @param labels the class of each row, in {@code 0..classes-1}, {@code [n]}
   * @throws IllegalArgumentException if there is not one label for each row, or a constant label
   *     names no class; when it runs, if a label does
   */
  public Expr reduction(Expr z, Expr labels, int classes) {
    return reductionSoft(z, labels.oneHot(classes));
  }

  /**
   * {@code R - R_c} for soft classes.
   *
   * @param memberships {@code pi [n, k]}, not negative; rows sum to one
   * @throws IllegalArgumentException as {@link #ofSoftClasses}
   */
  public Expr reductionSoft(Expr z, Expr memberships) {
    return of(z).minus(ofSoftClasses(z, memberships));
  }

  /**
   * {@code R - R_c} over the 2n rows of both views, the two views of an image being a class: spread
   * minus misalignment.
   *
   * @throws IllegalArgumentException as {@link #ofPairs}
   */
  public Expr reductionOfPairs(Expr z1, Expr z2) {
    return of(views(z1, z2).stacked()).minus(ofPairs(z1, z2));
  }

  /**
   * {@code R - R_c} over the 2n rows of both views, every row in turn being the anchor of a class
   * to which the others belong by similarity. It factorizes 2n matrices of side {@code min(2n, d)}.
   *
   * @throws IllegalArgumentException if the views are not two matrices of the same shape
   */
  public Expr reductionOfInstances(Expr z1, Expr z2, InstanceMembership membership) {
    Expr z = rows(views(z1, z2).stacked());
    return reductionSoft(z, membership.of(z));
  }

  private Expr rows(Expr z) {
    Embeddings.require(NAME, "z", z);
    return unitRows ? z.normalized(-1) : z;
  }

  private ViewPair views(Expr z1, Expr z2) {
    ViewPair views = ViewPair.required(NAME, z1, z2);
    return unitRows ? views.normalized() : views;
  }

  private Expr ofClassesOfSize(int size, Expr z, Collection<Collection<Integer>> classes) {
    double[] order = classes.stream().flatMap(Collection::stream).mapToDouble(row -> row).toArray();
    Expr grouped =
        z.gather(Expr.constant(Array.vector(order)))
            .reshape(Shape.of(classes.size(), size, z.shape().dim(1)));
    return logDeterminant(grouped, size).sum().times(size / (2.0 * z.shape().dim(0)));
  }

  /** {@code log det(I + d / (size eps^2) Z^T Z)} of matrices {@code [..., size, d]}. */
  private Expr logDeterminant(Expr z, int size) {
    double scale = z.shape().dim(-1) / (size * epsilonSquared);
    return DualGram.logDeterminantPlusIdentity(z.times(Math.sqrt(scale)));
  }

  /** {@code log det(I + d / eps^2 Z^T diag(w_j) Z)} for each column j of w {@code [n, k]}. */
  private Expr logDeterminants(Expr z, Expr w) {
    double scale = z.shape().dim(1) / epsilonSquared;
    Expr roots = w.transposed().times(scale).plus(UNDER_ROOT).sqrt();
    Expr grams =
        DualGram.isOfRows(z)
            ? z.rowGram().times(roots.unsqueezed(-1)).times(roots.unsqueezed(-2))
            : z.times(roots.unsqueezed(-1)).columnGram();
    return grams.plusDiagonal(1).logDeterminant();
  }
}
