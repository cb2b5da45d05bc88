package io.github.bilevel4j.examples.umm;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.examples.ssl.SslMethod;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.losses.information.JensenShannon;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Objective;
import java.util.List;

/**
 * UMM (arXiv 2410.00772), Eq. 8 and 9, on the layers after the early stage, {@code theta}:
 *
 * <pre>
 * inner: G(phi)   = L_SSL + beta JS(p(z_e), p(z_l)),   phi* = argmin G + 1/(2 rate) ||phi - theta||^2
 * outer: F(theta) = L_SSL - alpha (R - R_c),  at phi*;  one inner step is phi* = theta - rate dG
 * </pre>
 */
public final class Umm {
  private Umm() {}

  /** The problem for two views of an inner and of an outer batch of images. */
  public static BilevelProblem problem(
      Encoder encoder, SslMethod method, List<Expr> inner, List<Expr> outer, UmmSettings s) {
    Layer early = encoder.early(s.earlyStage());
    Variables theta = encoder.last(s.earlyStage()).parameters();
    Variables phi = theta.copy("inner");
    Layer last = encoder.last(s.earlyStage()).with(phi.vector());
    Pass frozen = Pass.evaluation();
    Pass batch = Pass.batchStatistics();
    Pass tracked = Pass.training();

    Expr e1 = early.apply(inner.get(0), frozen);
    Expr e2 = early.apply(inner.get(1), frozen);
    Objective g = method.objective(last.apply(e1, batch), last.apply(e2, batch), batch);
    Expr density = s.density().of(x -> last.apply(x, frozen), g.total(), e1, e2);

    Expr h1 = last.apply(early.apply(outer.get(0), frozen), tracked);
    Expr h2 = last.apply(early.apply(outer.get(1), frozen), tracked);
    Objective f = method.objective(h1, h2, batch);
    Expr reduction = s.codingRate().reduction(method.projector(), h1, h2);
    return Bilevel.problem("umm")
        .inner(phi)
        .minimize(g.plus("memorization", s.beta(), JensenShannon.toUniformOfLogs(density)))
        .near(theta, 1 / s.rate())
        .startingAt(theta)
        .solvedBy(s.steps(), Sgd.rate(s.rate()))
        .outer(theta)
        .minimize(f.minus("coding rate reduction", s.alpha(), reduction))
        .steppedBy(s.optimizer())
        .differentiatedBy(s.estimator())
        .updating(tracked.updates());
  }
}
