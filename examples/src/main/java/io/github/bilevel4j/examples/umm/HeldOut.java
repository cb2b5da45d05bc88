package io.github.bilevel4j.examples.umm;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.ssl.ViewBatch;

/**
 * Learns what governs memorization by pictures that were held out: the layers after the early
 * stage, {@code w}, are trained further on seen pictures, so that the self-supervised loss of
 * others is small. No label is looked at.
 *
 * <pre>
 * inner: G(w, a) = L_align + c L_constraint + sum over stages of d_s/2 ||w_s||^2,  views of strengths s
 * outer: F(a)    = L_SSL of held-out pictures, at w*(a);   a = (s, c, d)
 * </pre>
 *
 * The inner level is never solved: each of its steps goes on from the last one, and its optimizer
 * keeps its memory, so that with a at rest it is ordinary training. The hypergradient is that of
 * the present weights.
 */
public final class HeldOut {
  private HeldOut() {}

  /**
   * The problem.
   *
   * @param seen views of a batch of seen pictures, which end with the learned augmentation
   * @param heldOut views of a batch of pictures that were held out
   */
  public static BilevelProblem problem(
      Encoder encoder, ViewBatch seen, ViewBatch heldOut, Hyperparameters a, UmmSettings s) {
    Pass tracked = Pass.training();
    Variables w = UmmTerms.later(encoder, s);
    UmmTerms g = UmmTerms.of(encoder, seen, w.vector(), tracked, s);
    UmmTerms f = UmmTerms.of(encoder, heldOut, w.vector(), Pass.batchStatistics(), s);
    return Bilevel.problem("held-out loss")
        .inner(w)
        .minimize(a.weighted(g.ssl()).plus("weight decay", a.decay().penalty(w.vector())))
        .solvedBy(s.steps(), s.optimizer())
        .outer(a.variablesFor(g.ssl()))
        .minimize(f.ssl())
        .steppedBy(s.hyperOptimizer())
        .differentiatedBy(s.estimator())
        .updating(tracked.updates())
        .updating(g.updates());
  }
}
