package io.github.bilevel4j.losses.contrastive;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.Requirements;
import io.github.bilevel4j.losses.Views;

/**
 * The normalised temperature-scaled cross-entropy of SimCLR. With the 2n unit rows {@code u} of
 * both views, similarities {@code s_ij = <u_i, u_j> / temperature}, and i+ the other view of sample
 * i,
 *
 * <pre>
 * L = 1/2n sum_i [ -s_{i,i+} + log sum_{k != i} exp(s_ik) ]  =  alignment + constraint.
 * </pre>
 *
 * <p>Views are embeddings {@code [n, d]} whose rows need not be normalised; the loss is a scalar.
 * The published program of the authors returns {@code 2 L}.
 *
 * <p>Source: Chen, Kornblith, Norouzi, Hinton, "A simple framework for contrastive learning of
 * visual representations", 2020.
 *
 * @param temperature the divisor of the cosine similarities, positive
 */
public record NtXent(double temperature) {

  /**
   * Checks the temperature.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public NtXent {
    Requirements.positive("NtXent", "the temperature", temperature, "NtXent.temperature(0.5)");
  }

  /**
   * The loss at a temperature; 0.1 to 0.5 are usual.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public static NtXent temperature(double temperature) {
    return new NtXent(temperature);
  }

  /**
   * The loss L.
   *
   * @throws IllegalArgumentException if the views differ in shape, are not matrices, or hold fewer
   *     than two images
   */
  public Expr of(Expr z1, Expr z2) {
    return alignment(z1, z2).plus(constraint(z1, z2));
  }

  /**
   * The part of L that draws the two views of an image together, {@code -1/n sum_i cos(z1_i, z2_i)
   * / temperature}.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr alignment(Expr z1, Expr z2) {
    Views u = unitViews(z1, z2);
    return u.first().times(u.second()).sum(-1).mean().dividedBy(-temperature);
  }

  /**
   * The part of L that spreads the samples over the sphere, {@code 1/2n sum_i log sum_{k != i}
   * exp(s_ik)}.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr constraint(Expr z1, Expr z2) {
    Expr similarity = unitViews(z1, z2).stacked().rowGram().dividedBy(temperature);
    Expr self = Expr.identity(similarity.shape().dim(0));
    Expr others = self.select(Expr.constant(Double.NEGATIVE_INFINITY), similarity);
    return others.logSumExp(-1).mean();
  }

  private static Views unitViews(Expr z1, Expr z2) {
    return Views.requiredOfImages("NtXent", z1, z2).normalized();
  }
}
