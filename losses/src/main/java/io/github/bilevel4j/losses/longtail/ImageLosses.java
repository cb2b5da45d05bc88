package io.github.bilevel4j.losses.longtail;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.CosineSimilarity;
import io.github.bilevel4j.losses.Requirements;
import io.github.bilevel4j.losses.Views;

/**
 * The part of each image in NT-Xent: with the similarities {@code s} of the 2n samples of both
 * views and the positive {@code i+} of sample i,
 *
 * <pre>
 * L_i = mean over both samples i of [ -s_{i,i+} + log sum_{k != i} exp(s_ik) ],
 * </pre>
 *
 * <p>whose mean is NT-Xent.
 *
 * <p>Source: Zhou, Yao, Wang, Han, Zhang, "Contrastive learning with boosted memorization", 2022.
 *
 * @param temperature the divisor of the cosine similarities, positive
 */
public record ImageLosses(double temperature) {
  private static final String NAME = "ImageLosses";

  /**
   * Checks the temperature.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public ImageLosses {
    Requirements.positive(NAME, "the temperature", temperature, "ImageLosses.temperature(0.2)");
  }

  /**
   * The losses at a temperature; 0.2 is usual.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public static ImageLosses temperature(double temperature) {
    return new ImageLosses(temperature);
  }

  /**
   * The loss of each image, {@code [n]}.
   *
   * @throws IllegalArgumentException if the views differ in shape, are not matrices, or hold fewer
   *     than two images
   */
  public Expr of(Expr z1, Expr z2) {
    Expr samples = Views.requiredOfImages(NAME, z1, z2).normalized().stacked();
    Expr self = Expr.identity(samples.shape().dim(0));
    return self.select(
            Expr.constant(Double.NEGATIVE_INFINITY), samples.rowGram().dividedBy(temperature))
        .logSumExp(-1)
        .reshape(2, -1)
        .mean(0)
        .minus(CosineSimilarity.ofRows(z1, z2).dividedBy(temperature));
  }
}
