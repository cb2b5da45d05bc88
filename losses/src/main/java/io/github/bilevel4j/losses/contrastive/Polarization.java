package io.github.bilevel4j.losses.contrastive;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.CosineSimilarity;
import io.github.bilevel4j.losses.Operands;

/**
 * The distance polarization of large-margin contrastive learning: pairs of samples should be either
 * near or far. With the distances {@code D_ij = (1 - cos(z_i, z_j)) / 2} in [0, 1] of all samples,
 *
 * <pre>
 * R = mean over i != j of max(0, (D_ij - near) (far - D_ij)),
 * </pre>
 *
 * <p>which pushes each distance between the two to the side that it is closer to.
 *
 * <p>Source: Chen, Niu, Gong, Li, Yang, Sugiyama, "Large-margin contrastive learning with distance
 * polarization regularizer", 2021. The paper leaves open whether distances are halved and whether R
 * is a sum or a mean.
 *
 * @param near the largest distance of samples that are near, delta+ of the paper
 * @param far the smallest distance of samples that are far, delta- of the paper
 * @param sum whether R is the sum over the pairs instead of the mean
 */
public record Polarization(double near, double far, boolean sum) {
  private static final String NAME = "Polarization";

  /**
   * Checks the margin.
   *
   * @throws IllegalArgumentException unless {@code 0 <= near <= far <= 1}
   */
  public Polarization {
    if (!(0 <= near && near <= far && far <= 1)) {
      throw UsageError.in(NAME)
          .because("the margin should be within the distances 0 to 1")
          .value("near", near)
          .value("far", far)
          .maybe("Polarization.between(0.1, 0.5) was meant.");
    }
  }

  /**
   * The mean over pairs with a margin; 0.1 to 0.2 and 0.4 to 0.6 are usual, and equal distances are
   * no margin.
   *
   * @throws IllegalArgumentException unless {@code 0 <= near <= far <= 1}
   */
  public static Polarization between(double near, double far) {
    return new Polarization(near, far, false);
  }

  /** With the sum over the pairs in place of the mean. */
  public Polarization summed() {
    return new Polarization(near, far, true);
  }

  /**
   * R of samples {@code [m, d]}, a scalar; each pair counts in both orders.
   *
   * @throws IllegalArgumentException if z is not a matrix of two rows or more
   */
  public Expr of(Expr z) {
    Expr distance = distances(z);
    Expr inside = distance.minus(near).times(distance.negated().plus(far)).relu();
    double pairs = z.shape().dim(0) * (z.shape().dim(0) - 1.0);
    return apart(inside).sum().dividedBy(sum ? 1 : pairs);
  }

  /**
   * How many ordered pairs of samples {@code [m, d]} have a distance inside the margin, a scalar.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr pairsInside(Expr z) {
    Expr distance = distances(z);
    return apart(distance.greaterThan(near).times(distance.lessThan(far))).sum();
  }

  private static Expr distances(Expr z) {
    Operands.of(NAME).and("z", z).requireTwoImages();
    return CosineSimilarity.ofAllRows(z, z).minus(1).dividedBy(-2);
  }

  /** Zero on the diagonal: a sample and itself are no pair. */
  private static Expr apart(Expr ofPairs) {
    return Expr.identity(ofPairs.shape().dim(0)).where(Expr.constant(0), ofPairs);
  }
}
