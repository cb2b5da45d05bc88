package io.github.bilevel4j.losses.contrastive;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.LossTerms;
import io.github.bilevel4j.losses.ViewPair;

/**
 * The normalized temperature-scaled cross-entropy of SimCLR. With the 2n unit rows {@code u} of
 * both views, similarities {@code s_ij = <u_i, u_j> / temperature}, and i+ the other view of sample
 * i,
 *
 * <pre>
 * L = 1/2n sum_i [ -s_{i,i+} + log sum_{k != i} exp(s_ik) ]  =  alignment + constraint.
 * </pre>
 *
 * <p>Views are embeddings {@code [n, d]} whose rows need not be normalized; the loss is a scalar.
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
    Require.in("NtXent").positive("temperature", temperature);
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
   * The part of each image in L, {@code [n]}: the means of the summands of its two samples, whose
   * mean is L.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr ofImages(Expr z1, Expr z2) {
    ViewPair u = unitViews(z1, z2);
    return ofSamples(u).reshape(2, u.images()).mean(0).minus(ofPairs(u));
  }

  /**
   * The part of L that draws the two views of an image together, {@code -1/n sum_i cos(z1_i, z2_i)
   * / temperature}.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr alignment(Expr z1, Expr z2) {
    return ofPairs(unitViews(z1, z2)).mean().negated();
  }

  /**
   * The part of L that spreads the samples over the sphere, {@code 1/2n sum_i log sum_{k != i}
   * exp(s_ik)}.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr constraint(Expr z1, Expr z2) {
    return ofSamples(unitViews(z1, z2)).mean();
  }

  /** {@code s_{i,i+}} of the n images. */
  private Expr ofPairs(ViewPair u) {
    return u.first().times(u.second()).sum(-1).dividedBy(temperature);
  }

  /** {@code log sum_{k != i} exp(s_ik)} of the 2n samples. */
  private Expr ofSamples(ViewPair u) {
    Expr similarity = u.stacked().rowGram().dividedBy(temperature);
    Expr self = Expr.identity(2 * u.images());
    return self.where(Expr.constant(Double.NEGATIVE_INFINITY), similarity).logSumExp(-1);
  }

  private static ViewPair unitViews(Expr z1, Expr z2) {
    return ViewPair.requiredOfImages("NtXent", z1, z2).normalized();
  }
}
