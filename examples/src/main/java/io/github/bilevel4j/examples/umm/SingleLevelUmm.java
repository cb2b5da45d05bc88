package io.github.bilevel4j.examples.umm;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.ssl.ViewBatch;

/**
 * UMM's terms minimized at once, which the paper compares with the two levels (arXiv 2410.00772,
 * Table 10), on the layers after the early stage, {@code theta}:
 *
 * <pre>
 * min over theta of L_SSL + beta JS(p(z_e), p(z_l)) - alpha (R - R_c)
 * </pre>
 */
public final class SingleLevelUmm {
  private SingleLevelUmm() {}

  /** The problem for views of a batch of images; settings of the inner level have no part in it. */
  public static SingleLevelProblem problem(Encoder encoder, ViewBatch views, UmmSettings s) {
    Pass tracked = Pass.training();
    Variables theta = UmmTerms.theta(encoder, views.method(), s);
    UmmTerms terms = UmmTerms.of(encoder, views, theta.vector(), tracked, s);
    return SingleLevel.problem("single-level umm")
        .over(theta)
        .minimize(terms.minusReduction(terms.plusMemorization(terms.ssl())))
        .steppedBy(s.optimizer())
        .updating(tracked.updates())
        .updating(terms.updates());
  }
}
