package io.github.bilevel4j.losses.contrastive;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.LossTerms;
import io.github.bilevel4j.losses.ViewPair;

/**
 * Large-margin contrastive learning: {@code L = NT-Xent + weight R}, with the distance polarization
 * R over the 2n samples of both views. The alignment is NT-Xent's, the constraint is NT-Xent's plus
 * {@code weight R}; without a margin L is NT-Xent.
 *
 * <p>Views are embeddings {@code [n, d]} whose rows need not be normalized.
 *
 * <p>Source: Chen, Niu, Gong, Li, Yang, Sugiyama, "Large-margin contrastive learning with distance
 * polarization regularizer", 2021.
 *
 * @param ntXent the contrastive loss
 * @param polarization the regularizer R
 * @param weight what R is multiplied by, not negative
 */
public record LmclLoss(NtXent ntXent, Polarization polarization, double weight) {
  private static final String NAME = "LmclLoss";

  /**
   * Checks the weight.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public LmclLoss {
    Require.in(NAME).notNegative("weight of the polarization", weight);
  }

  /**
   * The loss at a temperature, 0.5 is usual, with weight one and distances polarized between 0.1
   * and 0.5.
   *
   * @throws IllegalArgumentException if the temperature is not positive
   */
  public static LmclLoss temperature(double temperature) {
    return new LmclLoss(NtXent.temperature(temperature), Polarization.between(0.1, 0.5), 1);
  }

  /**
   * With another regularizer and its weight.
   *
   * @throws IllegalArgumentException if the weight is negative
   */
  public LmclLoss polarizedBy(double newWeight, Polarization other) {
    return new LmclLoss(ntXent, other, newWeight);
  }

  /**
   * The loss L.
   *
   * @throws IllegalArgumentException if the views differ in shape, are not matrices, or hold fewer
   *     than two images
   */
  public Expr of(Expr z1, Expr z2) {
    return terms(z1, z2).total();
  }

  /**
   * The two parts of L.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public LossTerms terms(Expr z1, Expr z2) {
    return LossTerms.of(alignment(z1, z2), constraint(z1, z2));
  }

  /**
   * The part of L that draws the two views of an image together: NT-Xent's.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr alignment(Expr z1, Expr z2) {
    ViewPair views = ViewPair.requiredOfImages(NAME, z1, z2);
    return ntXent.alignment(views.first(), views.second());
  }

  /**
   * The part of L that spreads the samples: NT-Xent's constraint plus {@code weight R}.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr constraint(Expr z1, Expr z2) {
    ViewPair views = ViewPair.requiredOfImages(NAME, z1, z2);
    return ntXent
        .constraint(views.first(), views.second())
        .plus(polarization.of(views.stacked()).times(weight));
  }
}
