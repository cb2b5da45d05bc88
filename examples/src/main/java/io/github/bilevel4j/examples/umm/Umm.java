package io.github.bilevel4j.examples.umm;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.ssl.ViewBatch;

/**
 * UMM (arXiv 2410.00772), Eq. 8 and 9, on the layers after the early stage, {@code theta}:
 *
 * <pre>
 * inner: G(phi)   = L_SSL + beta JS(p(z_e), p(z_l)),   phi* = argmin G + 1/(2 rate) ||phi - theta||^2
 * outer: F(theta) = L_SSL - alpha (R - R_c),  at phi*;  one inner step is phi* = theta - rate dG
 * </pre>
 *
 * The paper's ablations are a beta and an alpha of zero.
 */
public final class Umm {
  private Umm() {}

  /** The problem for views of an inner and of an outer batch of images. */
  public static BilevelProblem problem(
      Encoder encoder, ViewBatch inner, ViewBatch outer, UmmSettings s) {
    Pass tracked = Pass.training();
    Variables theta = UmmTerms.theta(encoder, outer.method(), s);
    Variables phi = theta.copy("inner");
    UmmTerms g = UmmTerms.of(encoder, inner, phi.vector(), Pass.batchStatistics(), s);
    UmmTerms f = UmmTerms.of(encoder, outer, phi.vector(), tracked, s);
    return Bilevel.problem("umm")
        .inner(phi)
        .minimize(g.plusMemorization(g.ssl()))
        .near(theta, 1 / s.rate())
        .startingAt(theta)
        .solvedBy(s.steps(), Sgd.rate(s.rate()))
        .outer(theta)
        .minimize(f.minusReduction(f.ssl()))
        .steppedBy(s.optimizer())
        .differentiatedBy(s.estimator())
        .updating(tracked.updates())
        .updating(f.updates());
  }
}
