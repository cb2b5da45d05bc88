package io.github.bilevel4j.losses.information;

import io.github.bilevel4j.expr.Expr;

/**
 * The Jensen-Shannon divergence of discrete distributions in nats, {@code JS(p, q) = KL(p || m) / 2
 * + KL(q || m) / 2} with {@code m = (p + q) / 2}. It is symmetric, lies in {@code [0, log 2]} and
 * is zero only for equal distributions.
 *
 * <p>Distributions lie along the last axis; over leading axes the mean is taken. Gradients are
 * unconstrained partial derivatives and finite everywhere.
 *
 * <p>Source: Lin, "Divergence measures based on the Shannon entropy", 1991.
 */
public final class JensenShannon {
  /** A logarithm whose exponential is zero in every precision. */
  private static final double LOG_ZERO = -1e4;

  private JensenShannon() {}

  /**
   * {@code JS(p, q)} of probabilities, a scalar.
   *
   * @throws IllegalArgumentException if the shapes differ
   */
  public static Expr between(Expr p, Expr q) {
    Distributions.requireSameShape("JensenShannon", p, q);
    Expr m = p.plus(q).dividedBy(2);
    return KullbackLeibler.of(p, m).plus(KullbackLeibler.of(q, m)).dividedBy(2);
  }

  /**
   * {@code JS(p, q)} of log-probabilities, a scalar; minus infinity is allowed.
   *
   * @throws IllegalArgumentException if the shapes differ
   */
  public static Expr betweenLogs(Expr logP, Expr logQ) {
    Distributions.requireSameShape("JensenShannon", logP, logQ);
    Expr a = logP.maximum(LOG_ZERO);
    Expr b = logQ.maximum(LOG_ZERO);
    return towardsMiddle(b, a).plus(towardsMiddle(a, b)).sum(-1).mean().dividedBy(2);
  }

  /**
   * {@code JS(p, uniform)} of probabilities, a scalar.
   *
   * @throws IllegalArgumentException if p is a scalar
   */
  public static Expr toUniform(Expr p) {
    Distributions.requireOutcomes("JensenShannon", "p", p);
    return between(p, Distributions.uniform(p.shape()));
  }

  /**
   * {@code JS(p, uniform)} of log-probabilities, a scalar; minus infinity is allowed.
   *
   * @throws IllegalArgumentException if log p is a scalar
   */
  public static Expr toUniformOfLogs(Expr logP) {
    Distributions.requireOutcomes("JensenShannon", "log p", logP);
    return betweenLogs(logP, Distributions.uniformLog(logP.shape()));
  }

  /** {@code p log(p / m)}, where {@code log(p / m) = log 2 - log(1 + q / p)}. */
  private static Expr towardsMiddle(Expr logP, Expr logQ) {
    Expr logRatio = logQ.minus(logP).softplus().negated().plus(Math.log(2));
    return logP.exp().times(logRatio);
  }
}
