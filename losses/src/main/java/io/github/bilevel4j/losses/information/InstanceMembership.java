package io.github.bilevel4j.losses.information;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.Embeddings;
import java.util.OptionalDouble;

/**
 * How likely two samples share a class, judged by their similarity, when every sample in turn is
 * the anchor of a class of its own:
 *
 * <pre>
 * pi_ij = softmax over anchors j != i of &lt;z_i, z_j&gt; / temperature,   pi_ii = 0.
 * </pre>
 *
 * <p>Each sample has a distribution over the anchors, so that {@code sum_j Pi_j = I}. The other
 * reading, a distribution over the samples i for each anchor j, is {@link #overSamples()}.
 *
 * <p>The temperature is {@code sqrt(d)} unless another is given; on unit rows 1 is usual.
 *
 * <p>Source: "On the generalization and causal explanation in self-supervised learning" (UMM),
 * 2024; reconstructed from its text.
 */
public final class InstanceMembership {
  private final int axis;
  private final OptionalDouble temperature;
  private final boolean constant;

  private InstanceMembership(int axis, OptionalDouble temperature, boolean constant) {
    this.axis = axis;
    this.temperature = temperature;
    this.constant = constant;
  }

  /** Each sample is a distribution over the other samples as anchors: rows sum to one. */
  public static InstanceMembership overAnchors() {
    return new InstanceMembership(1, OptionalDouble.empty(), false);
  }

  /** Each anchor is a distribution over the other samples: columns sum to one. */
  public static InstanceMembership overSamples() {
    return new InstanceMembership(0, OptionalDouble.empty(), false);
  }

  /**
   * With a temperature instead of {@code sqrt(d)}.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public InstanceMembership temperature(double value) {
    Require.in("InstanceMembership").positive("temperature", value);
    return new InstanceMembership(axis, OptionalDouble.of(value), constant);
  }

  /** With memberships taken as constants: no gradient flows through them. */
  public InstanceMembership detached() {
    return new InstanceMembership(axis, temperature, true);
  }

  /**
   * The memberships of samples {@code [m, d]}: {@code pi [m, m]}, sample i in the class of anchor
   * j, zero on the diagonal.
   *
   * @throws IllegalArgumentException if there are fewer than two samples
   */
  public Expr of(Expr z) {
    Embeddings.require("InstanceMembership", "z", z);
    if (z.shape().dim(0) < 2) {
      throw UsageError.in("InstanceMembership")
          .because("needs two samples or more, got %d", z.shape().dim(0))
          .row("z", z.label(), z.shape().toString())
          .maybe("the batch is too small.");
    }
    double divisor = temperature.orElse(Math.sqrt(z.shape().dim(1)));
    Expr similarity = z.rowGram().dividedBy(divisor);
    Expr self = Expr.identity(z.shape().dim(0));
    Expr memberships =
        self.where(Expr.constant(Double.NEGATIVE_INFINITY), similarity).softmax(axis);
    return constant ? memberships.detached() : memberships;
  }
}
