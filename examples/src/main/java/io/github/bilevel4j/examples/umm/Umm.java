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
import io.github.bilevel4j.problem.Bilevel.NeedsInnerSolver;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Objective;
import java.util.List;

/**
 * UMM (arXiv 2410.00772), Eq. 8 and 9. The layers after the early stage, {@code theta}, take the
 * step that makes the density of their features agree with the early features' uniform one, and
 * are judged by how far the step's end expands the coding rate:
 *
 * <pre>
 * inner:  G(phi)   = L_SSL(phi) + beta JS(p(z_e), p(z_l; phi)),     phi* = theta - rate dG/dphi
 * outer:  F(theta) = L_SSL(phi*) - alpha (R - R_c)(Z(phi*))
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

    Expr e1 = early.apply(inner.get(0), Pass.evaluation());
    Expr e2 = early.apply(inner.get(1), Pass.evaluation());
    Pass batch = Pass.batchStatistics();
    Objective ssl = method.objective(last.apply(e1, batch), last.apply(e2, batch), batch);
    Expr logDensity = s.density().of(x -> last.apply(x, Pass.evaluation()), ssl.total(), e1, e2);

    Pass pass = Pass.training();
    Expr h1 = last.apply(early.apply(outer.get(0), Pass.evaluation()), pass);
    Expr h2 = last.apply(early.apply(outer.get(1), Pass.evaluation()), pass);
    Expr z1 = method.projector().apply(h1, batch);
    Expr z2 = method.projector().apply(h2, batch);

    NeedsInnerSolver level =
        Bilevel.problem("umm").inner(phi)
            .minimize(ssl.plus("memorization", s.beta(), JensenShannon.toUniformOfLogs(logDensity)))
            .startingAt(theta);
    return (s.estimator().followsInnerSteps() ? level : level.near(theta, 1 / s.rate()))
        .solvedBy(s.steps(), Sgd.rate(s.rate()))
        .outer(theta)
        .minimize(method.objective(h1, h2, batch)
            .minus("coding rate reduction", s.alpha(), s.codingRate().reduction(z1, z2)))
        .steppedBy(s.optimizer())
        .differentiatedBy(s.estimator())
        .updating(pass.updates());
  }
}
