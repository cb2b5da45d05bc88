package io.github.bilevel4j.examples.umm;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.ssl.ViewBatch;

/**
 * UMM whose result is the inner solution: the encoder's own layers after the early stage are {@code
 * phi}, and {@code theta}, near which they stay, is a second copy of them.
 *
 * <pre>
 * inner: G(phi)   = L_SSL + beta JS(p(z_e), p(z_l)),   phi* = argmin G + 1/(2 rate) ||phi - theta||^2
 * outer: F(theta) = L_SSL - alpha (R - R_c),  at phi*
 * </pre>
 *
 * Each inner solve goes on from the last one; a step is {@code phi <- theta - rate dG(phi)}, whose
 * fixed point is phi*. In {@link Umm} the encoder is at theta, which the Jensen-Shannon divergence
 * reaches through the hypergradient alone; here it is at weights that minimize it.
 */
public final class InnerSolution {
  private InnerSolution() {}

  /**
   * The problem for views of an inner and of an outer batch of images.
   *
   * @param theta of the encoder's later layers a copy, at their values
   */
  public static BilevelProblem problem(
      Encoder encoder, Variables theta, ViewBatch inner, ViewBatch outer, UmmSettings s) {
    Pass tracked = Pass.training();
    Variables phi = UmmTerms.theta(encoder, outer.method(), s);
    UmmTerms g = UmmTerms.of(encoder, inner, phi.vector(), Pass.batchStatistics(), s);
    UmmTerms f = UmmTerms.of(encoder, outer, phi.vector(), tracked, s);
    return Bilevel.problem("inner solution of umm")
        .inner(phi)
        .minimize(g.plusMemorization(g.ssl()))
        .near(theta, 1 / s.rate())
        .solvedBy(s.steps(), Sgd.rate(s.rate()))
        .outer(theta)
        .minimize(f.minusReduction(f.ssl()))
        .steppedBy(s.optimizer())
        .differentiatedBy(s.estimator())
        .updating(tracked.updates())
        .updating(f.updates());
  }
}
