package io.github.bilevel4j.examples.umm;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.examples.ssl.Network;
import io.github.bilevel4j.examples.ssl.SslLoss;
import io.github.bilevel4j.examples.ssl.SslMethod;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.losses.information.JensenShannon;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
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

  /** The problem for views of an inner and of an outer batch of images. */
  public static BilevelProblem problem(
      Encoder encoder, SslMethod method, List<Expr> inner, List<Expr> outer, UmmSettings s) {
    String stage = s.earlyStage();
    Pass tracked = Pass.training();
    Variables theta = encoder.last(stage).parameters();
    Variables phi = theta.copy("inner");
    Layer last = encoder.last(stage).with(phi.vector());
    Network within = Network.frozenUpTo(stage, encoder, Pass.batchStatistics()).with(phi.vector());
    SslLoss g = method.loss(within, ImmutableList.copyOf(inner));
    Expr[] early = within.seen().toArray(Expr[]::new);
    Expr loss = g.objective().total();
    Expr density = s.density().of(x -> last.apply(x, Pass.evaluation()), loss, early);
    Expr js = JensenShannon.toUniformOfLogs(density);
    Network after = Network.frozenUpTo(stage, encoder, tracked).with(phi.vector());
    SslLoss f = method.loss(after, ImmutableList.copyOf(outer));
    Expr reduction = s.codingRate().reduction(after, method.projector(), outer);
    return Bilevel.problem("umm")
        .inner(phi)
        .minimize(g.objective().plus("memorization", s.beta(), js))
        .near(theta, 1 / s.rate())
        .startingAt(theta)
        .solvedBy(s.steps(), Sgd.rate(s.rate()))
        .outer(theta)
        .minimize(f.objective().minus("coding rate reduction", s.alpha(), reduction))
        .steppedBy(s.optimizer())
        .differentiatedBy(s.estimator())
        .updating(tracked.updates())
        .updating(f.updates());
  }
}
