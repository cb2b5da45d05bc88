package io.github.bilevel4j.examples.bilevel;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.examples.umm.UmmTerms;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.SslMethod;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.List;

/**
 * Three levels: the weights alpha and beta of UMM (arXiv 2410.00772) are learned so that a few of
 * its steps make the nearest neighbors of validation images agree with their labels.
 *
 * <pre>
 * inner:  phi(theta, beta)         one step on L_SSL + beta JS from theta
 * middle: theta(alpha, beta)       a few steps on L_SSL - alpha (R - R_c), at phi, from a trained encoder
 * outer:  V(alpha, beta)           -mean log sum_{j: y_j = y_i} softmax_j (h_i . h_j / 0.1), at theta
 * </pre>
 *
 * V is the loss of neighborhood components analysis (Goldberger et al., 2004) on unit features.
 */
public record UmmWeights(Encoder encoder, SslMethod method, Expr logAlpha, Expr logBeta) {
  private static final String EARLY = "layer1";
  private static final double RATE = 0.5;

  /** With UMM's own weights, 0.01 and 1, to begin with. */
  public static UmmWeights of(Encoder encoder, SslMethod method) {
    return new UmmWeights(
        encoder,
        method,
        Expr.variable("log alpha", Array.scalar(Math.log(0.01))),
        Expr.variable("log beta", Array.scalar(0)));
  }

  /** The problem for two views of a batch, and validation images with one-hot labels. */
  public BilevelProblem problem(
      List<Expr> views, Expr images, Expr labels, int steps, HypergradientEstimator estimator) {
    Variables trained = encoder.last(EARLY).parameters();
    Variables theta = trained.copy("theta");
    Variables phi = trained.copy("phi");
    Pass pass = Pass.batchStatistics();
    UmmTerms terms =
        UmmTerms.of(
            encoder, ViewBatch.of(method, views), phi.vector(), pass, UmmSettings.after(EARLY));
    Expr held = Network.frozenUpTo(EARLY, encoder, pass).with(theta.vector()).features(images);
    return Bilevel.problem("umm weights")
        .inner(phi)
        .minimize(terms.ssl().plus("memorization", logBeta.exp().times(terms.divergence())))
        .startingAt(theta)
        .solvedBy(1, Sgd.rate(RATE))
        .under(theta)
        .minimize(
            terms.ssl().minus("coding rate reduction", 1, logAlpha.exp().times(terms.reduction())))
        .startingAt(trained)
        .solvedBy(steps, Sgd.rate(RATE))
        .outer(Variables.of(logAlpha, logBeta))
        .minimize(Objective.of("neighbors", neighbors(held, labels)))
        .steppedBy(Adam.rate(0.1))
        .differentiatedBy(estimator);
  }

  /** The loss of neighborhood components analysis of features {@code [n, d]}, one-hot labels. */
  static Expr neighbors(Expr features, Expr labels) {
    Expr unit = features.normalized(-1);
    Expr others = Expr.identity(labels.shape().dim(0)).times(-1e9);
    Expr logits = unit.rowGram().dividedBy(0.1).plus(others);
    Expr same = labels.rowGram();
    return logits.softmax(-1).times(same).sum(-1).log().mean().negated();
  }
}
