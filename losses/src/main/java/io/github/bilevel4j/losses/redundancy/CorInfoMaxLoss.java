package io.github.bilevel4j.losses.redundancy;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.LossTerms;
import io.github.bilevel4j.losses.ViewPair;

/**
 * CorInfoMax: correlative mutual information between views. Each branch has a running covariance R
 * of its features ({@link RunningMoments}), this batch included,
 *
 * <pre>
 * L = weight mean (z1 - z2)^2  -  1/d [ log det(R1 + eps I) + log det(R2 + eps I) ]
 *   = alignment + constraint.
 * </pre>
 *
 * <p>Views are embeddings {@code [n, d]}; the loss is a scalar. The old moments are constants; they
 * are renewed by {@link #updates}, at once with the step. Collapsed features drive R towards zero
 * over the steps: {@code R + eps I} then has a condition number of up to {@code 1/eps}, which
 * float32 does not factorize below an eps of about 1e-6.
 *
 * <p>Source: Ozsoy, Hamdan, Arik, Yuret, Erdogan, "Self-supervised learning with an information
 * maximization criterion", 2022.
 *
 * @param weight of the distance between views, not negative
 * @param meanMemory the weight of the old mean, in [0, 1)
 * @param covarianceMemory the weight of the old covariance, in [0, 1)
 * @param epsilon added to the diagonals, positive
 * @param unitRows whether rows are scaled to length one first
 */
public record CorInfoMaxLoss(
    double weight, double meanMemory, double covarianceMemory, double epsilon, boolean unitRows) {
  private static final String NAME = "CorInfoMaxLoss";

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is outside its range
   */
  public CorInfoMaxLoss {
    Require.in(NAME)
        .notNegative("weight", weight)
        .fraction("memory of the mean", meanMemory)
        .fraction("memory of the covariance", covarianceMemory)
        .positive("epsilon", epsilon);
  }

  /**
   * With a weight of the distance between views, memories of 0.01 and an epsilon of 1e-8; 250 is
   * usual for CIFAR-10.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public static CorInfoMaxLoss weight(double weight) {
    return new CorInfoMaxLoss(weight, 0.01, 0.01, 1e-8, false);
  }

  /**
   * With a weight of the old mean and covariance: 0.01 is almost the batch alone.
   *
   * @throws IllegalArgumentException if it is not in [0, 1)
   */
  public CorInfoMaxLoss memory(double ofOld) {
    return memory(ofOld, ofOld);
  }

  /**
   * With weights of the old mean and of the old covariance.
   *
   * @throws IllegalArgumentException if one is not in [0, 1)
   */
  public CorInfoMaxLoss memory(double ofMean, double ofCovariance) {
    return new CorInfoMaxLoss(weight, ofMean, ofCovariance, epsilon, unitRows);
  }

  /**
   * With another number added to the diagonals.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public CorInfoMaxLoss epsilon(double addend) {
    return new CorInfoMaxLoss(weight, meanMemory, covarianceMemory, addend, unitRows);
  }

  /** With the rows of both views scaled to length one first. */
  public CorInfoMaxLoss onUnitRows() {
    return new CorInfoMaxLoss(weight, meanMemory, covarianceMemory, epsilon, true);
  }

  /**
   * The loss L.
   *
   * @param first the moments of the first branch before this batch
   * @param second those of the second branch
   * @throws IllegalArgumentException if the views differ in shape, are not matrices, or hold fewer
   *     than two images, or if the moments have another number of dimensions
   */
  public Expr of(Expr z1, Expr z2, RunningMoments first, RunningMoments second) {
    return terms(z1, z2, first, second).total();
  }

  /**
   * The two parts of L.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public LossTerms terms(Expr z1, Expr z2, RunningMoments first, RunningMoments second) {
    return LossTerms.of(alignment(z1, z2), constraint(z1, z2, first, second));
  }

  /**
   * The part of L that draws the two views of an image together, {@code weight mean (z1 - z2)^2}.
   *
   * @throws IllegalArgumentException if the views differ in shape, are not matrices, or hold fewer
   *     than two images
   */
  public Expr alignment(Expr z1, Expr z2) {
    ViewPair views = views(z1, z2);
    return views.first().minus(views.second()).squared().mean().times(weight);
  }

  /**
   * The part of L that spreads the features over all dimensions, {@code -1/d sum of log
   * determinants}.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr constraint(Expr z1, Expr z2, RunningMoments first, RunningMoments second) {
    ViewPair views = views(z1, z2);
    return volume(after(views.first(), first))
        .plus(volume(after(views.second(), second)))
        .dividedBy(-z1.shape().dim(1));
  }

  /**
   * The assignments that let both branches remember this batch.
   *
   * @throws IllegalArgumentException as {@link #of}, or if the moments are not variables
   */
  public ImmutableList<Update> updates(
      Expr z1, Expr z2, RunningMoments first, RunningMoments second) {
    ViewPair views = views(z1, z2);
    return ImmutableList.<Update>builder()
        .addAll(first.updatedTo(after(views.first(), first)))
        .addAll(second.updatedTo(after(views.second(), second)))
        .build();
  }

  private ViewPair views(Expr z1, Expr z2) {
    ViewPair views = ViewPair.requiredOfImages(NAME, z1, z2);
    return unitRows ? views.normalized() : views;
  }

  private RunningMoments after(Expr z, RunningMoments moments) {
    int d = z.shape().dim(1);
    if (moments.mean().shape().dim(0) != d) {
      throw UsageError.in(NAME)
          .because("the moments have %d dimensions, not %d", moments.mean().shape().dim(0), d)
          .row("view", z.label(), z.shape().toString())
          .row("mean", moments.mean().label(), moments.mean().shape().toString())
          .maybe("RunningMoments.variables(\"branch\", %d) was meant.", d);
    }
    return moments.after(z, meanMemory, covarianceMemory);
  }

  private Expr volume(RunningMoments moments) {
    return moments
        .covariance()
        .plusDiagonal(epsilon)
        .named("running covariance, epsilon " + epsilon)
        .logDeterminant();
  }
}
