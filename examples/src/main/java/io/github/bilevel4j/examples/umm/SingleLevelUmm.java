package io.github.bilevel4j.examples.umm;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.examples.ssl.SslMethod;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.problem.SingleLevelProblem;
import java.util.List;

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

  /** The problem for views of a batch of images; of the settings, those of the inner level rest. */
  public static SingleLevelProblem problem(
      Encoder encoder, SslMethod method, List<Expr> views, UmmSettings s) {
    UmmTerms layers = new UmmTerms(encoder, method, s);
    Pass tracked = Pass.training();
    Variables theta = layers.theta();
    UmmTerms.Batch batch = layers.batch(views, theta.vector(), tracked);
    return SingleLevel.problem("single-level umm")
        .over(theta)
        .minimize(batch.minusReduction(batch.plusMemorization(batch.ssl())))
        .steppedBy(s.optimizer())
        .updating(tracked.updates())
        .updating(batch.updates());
  }
}
