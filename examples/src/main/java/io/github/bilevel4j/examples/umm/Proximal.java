package io.github.bilevel4j.examples.umm;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.ssl.ViewBatch;

/**
 * Learns how near to given weights {@code w0} each stage after the early one should stay, by the
 * self-supervised loss of pictures that were held out:
 *
 * <pre>
 * inner: G(w, a) = L_SSL + sum over stages of exp(a_s)/2 ||w_s - w0_s||^2
 * outer: F(a)    = L_SSL of held-out pictures, at w*(a)
 * </pre>
 *
 * The inner level goes on from its last step, as in {@link HeldOut}. About the weights with which
 * it begins the term is a brake; about those of an earlier moment, at which less was memorized, it
 * leads back.
 */
public final class Proximal {
  private Proximal() {}

  /**
   * The problem.
   *
   * @param seen views of a batch of seen pictures
   * @param heldOut views of a batch of pictures that were held out
   * @param center the weights, of the later layers' keys
   * @param weights of the stages, learned
   */
  public static BilevelProblem problem(
      Encoder encoder,
      ViewBatch seen,
      ViewBatch heldOut,
      Vector center,
      StageWeights weights,
      UmmSettings s) {
    Pass tracked = Pass.training();
    Variables w = UmmTerms.later(encoder, s);
    UmmTerms g = UmmTerms.of(encoder, seen, w.vector(), tracked, s);
    UmmTerms f = UmmTerms.of(encoder, heldOut, w.vector(), Pass.batchStatistics(), s);
    return Bilevel.problem("proximal")
        .inner(w)
        .minimize(g.ssl().plus("near", weights.penalty(w.vector().minus(center))))
        .solvedBy(s.steps(), s.optimizer())
        .outer(weights.logs())
        .minimize(f.ssl())
        .steppedBy(s.hyperOptimizer())
        .differentiatedBy(s.estimator())
        .updating(tracked.updates())
        .updating(g.updates());
  }
}
