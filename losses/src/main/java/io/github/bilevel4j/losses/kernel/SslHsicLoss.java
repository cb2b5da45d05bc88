package io.github.bilevel4j.losses.kernel;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.LossTerms;
import io.github.bilevel4j.losses.OnlineTargetPair;
import io.github.bilevel4j.losses.Operands;
import java.util.List;
import java.util.stream.Stream;

/**
 * Self-supervised learning as kernel dependence maximization. Of the unit rows Z of the views by
 * both branches, k samples of each image y, which are four of two views,
 *
 * <pre>
 * L = weight sqrt(HSIC(Z, Z)) - HSIC(Z, Y)  =  constraint + alignment,
 * </pre>
 *
 * <p>with the Hilbert-Schmidt independence criterion of a kernel. HSIC(Z, Y) compares each sample
 * with itself as well, as the published program does, which adds {@code 1 / (k - 1)} of the k
 * samples of an image.
 *
 * <p>Predictions p of the trained branch and targets t of the other one, which are constants, are
 * embeddings {@code [n, d]} of at least two images; the loss is a scalar. Where the scale of the
 * kernel is learned, it is fitted by a loss of its own, {@link InverseMultiquadric#scaleLoss}: this
 * is the derivative of L in the scale, and adds nothing to its value. Part of the constraint are
 * operations: the stop-gradient and the moving average of the targets.
 *
 * <p>Source: Li, Pogodin, Sutherland, Gretton, "Self-supervised learning with kernel dependence
 * maximization", 2021.
 */
public final class SslHsicLoss {
  private static final String NAME = "SslHsicLoss";
  private static final double WEIGHT = 3;

  private final InverseMultiquadric kernel;
  private final Hsic hsic;
  private final double weight;

  private SslHsicLoss(InverseMultiquadric kernel, Hsic hsic, double weight) {
    this.kernel = kernel;
    this.hsic = hsic;
    this.weight = weight;
  }

  /** With the kernel of all pairs of the 4n samples, and weight three. */
  public static SslHsicLoss exact(InverseMultiquadric kernel) {
    return new SslHsicLoss(kernel, new ExactHsic(kernel.detached()), WEIGHT);
  }

  /**
   * With random features in place of the kernel, and weight three.
   *
   * @param first a draw of features
   * @param second an independent draw of as many
   * @throws IllegalArgumentException if their numbers differ
   */
  public static SslHsicLoss approximate(
      InverseMultiquadric kernel, RandomFeatures first, RandomFeatures second) {
    if (!first.frequencies().shape().equals(second.frequencies().shape())) {
      throw UsageError.in(NAME)
          .because("the two draws of random features differ in shape")
          .row("first", first.frequencies().shape().toString())
          .row("second", second.frequencies().shape().toString())
          .maybe("both should be drawn alike, from independent streams.");
    }
    return new SslHsicLoss(kernel, new RandomFeatureHsic(kernel.detached(), first, second), WEIGHT);
  }

  /**
   * With another weight of the constraint.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public SslHsicLoss weight(double ofConstraint) {
    Require.in(NAME).notNegative("weight", ofConstraint);
    return new SslHsicLoss(kernel, hsic, ofConstraint);
  }

  /**
   * The loss L.
   *
   * @param predictions the trained branch's embeddings of each view
   * @param targets the other branch's
   * @throws IllegalArgumentException if they are not matrices of the same shape, or there are fewer
   *     than two views or images
   */
  public Expr of(List<Expr> predictions, List<Expr> targets) {
    return terms(predictions, targets).total();
  }

  /**
   * The two parts of L.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public LossTerms terms(List<Expr> predictions, List<Expr> targets) {
    return LossTerms.of(alignment(predictions, targets), constraint(predictions, targets));
  }

  /**
   * The part of L that makes samples tell their image, {@code -HSIC(Z, Y)}.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr alignment(List<Expr> predictions, List<Expr> targets) {
    return hsic.withImages(samples(predictions, targets)).negated();
  }

  /**
   * The part of L that makes samples tell no more than that, {@code weight sqrt(HSIC(Z, Z))}. Its
   * derivative in the predictions where all samples are equal is taken as zero; that in the scale
   * of the kernel is that of {@link InverseMultiquadric#scaleLoss} of all samples.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr constraint(List<Expr> predictions, List<Expr> targets) {
    Expr samples = samples(predictions, targets);
    Expr constraint = hsic.withSelf(samples).guardedSqrt().times(weight);
    Expr ofScale = kernel.scaleLoss(samples.reshape(-1, samples.shape().dim(-1)));
    return constraint.withGradientOf(constraint.plus(ofScale));
  }

  /** Unit rows, {@code [views of both branches, n, d]}. */
  private static Expr samples(List<Expr> predictions, List<Expr> targets) {
    OnlineTargetPair branches = OnlineTargetPair.required(NAME, "p", predictions, "t", targets);
    Operands.of(NAME).and("p", predictions).requireTwoImages();
    return Expr.stack(
            Stream.concat(branches.trained().stream(), branches.targets().stream())
                .toArray(Expr[]::new))
        .normalized(-1);
  }
}
