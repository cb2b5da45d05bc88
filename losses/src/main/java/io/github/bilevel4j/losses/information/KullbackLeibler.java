package io.github.bilevel4j.losses.information;

import io.github.bilevel4j.expr.Expr;

/**
 * The Kullback-Leibler divergence of discrete distributions in nats, {@code KL(p || q) = sum_i p_i
 * log(p_i / q_i)}, with {@code 0 log 0 = 0}. It is infinite where {@code q_i = 0 < p_i}.
 *
 * <p>Distributions lie along the last axis; over leading axes the mean is taken. Gradients are
 * unconstrained partial derivatives; outcomes with {@code p_i = 0} contribute none.
 *
 * <p>Source: Kullback, Leibler, "On information and sufficiency", 1951.
 */
public final class KullbackLeibler {
  private KullbackLeibler() {}

  /**
   * {@code KL(p || q)} of probabilities, a scalar.
   *
   * @throws IllegalArgumentException if the shapes differ
   */
  public static Expr of(Expr p, Expr q) {
    Distributions.requireSameShape("KullbackLeibler", p, q);
    // Not the opposite of "positive": what is not a number must stay so.
    Expr impossible = Expr.constant(0).atLeast(p);
    Expr one = Expr.constant(1);
    Expr safeP = impossible.where(one, p);
    Expr safeQ = impossible.where(one, q);
    return safeP.times(safeP.log().minus(safeQ.log())).sum(-1).mean();
  }

  /**
   * {@code KL(p || q)} of log-probabilities, a scalar. Outcomes whose probability under p
   * underflows contribute nothing.
   *
   * @throws IllegalArgumentException if the shapes differ
   */
  public static Expr ofLogs(Expr logP, Expr logQ) {
    Distributions.requireSameShape("KullbackLeibler", logP, logQ);
    Expr zero = Expr.constant(0);
    Expr impossible = zero.atLeast(logP.exp());
    Expr safeP = impossible.where(zero, logP);
    Expr safeQ = impossible.where(zero, logQ);
    return safeP.exp().times(safeP.minus(safeQ)).sum(-1).mean();
  }
}
