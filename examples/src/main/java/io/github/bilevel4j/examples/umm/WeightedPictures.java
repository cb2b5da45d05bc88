package io.github.bilevel4j.examples.umm;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.ssl.ViewBatch;

/**
 * Learns how much each seen picture counts, by pictures that were held out: the layers after the
 * early stage, {@code w}, are trained further.
 *
 * <pre>
 * inner: G(w, a) = sum_i p_i L_i of seen pictures,  p = softmax of the batch's a
 * outer: F(a)    = L_SSL of held-out pictures, at w*(a)
 * </pre>
 *
 * The inner level goes on from its last step, as in {@link HeldOut}; with all weights alike it is
 * ordinary training. Weights that a step on held-out examples teaches: Ren, Zeng, Yang, Urtasun,
 * "Learning to reweight examples for robust deep learning", 2018, there of labels.
 */
public final class WeightedPictures {
  private WeightedPictures() {}

  /**
   * The problem.
   *
   * @param seen views of a batch of seen pictures
   * @param indices of these pictures in the data, {@code [n]}
   * @param heldOut views of a batch of pictures that were held out
   * @throws io.github.bilevel4j.check.UsageError if the method's loss is no mean over pictures
   */
  public static BilevelProblem problem(
      Encoder encoder,
      ViewBatch seen,
      Expr indices,
      ViewBatch heldOut,
      PictureWeights a,
      UmmSettings s) {
    Pass tracked = Pass.training();
    Variables w = UmmTerms.later(encoder, s);
    UmmTerms g = UmmTerms.of(encoder, seen, w.vector(), tracked, s);
    UmmTerms f = UmmTerms.of(encoder, heldOut, w.vector(), Pass.batchStatistics(), s);
    return Bilevel.problem("picture weights")
        .inner(w)
        .minimize(Objective.of("weighted pictures", a.mean(g.sslOfImages(), indices)))
        .solvedBy(s.steps(), s.optimizer())
        .outer(a.variables())
        .minimize(f.ssl())
        .steppedBy(s.hyperOptimizer())
        .differentiatedBy(s.estimator())
        .updating(tracked.updates())
        .updating(g.updates());
  }
}
