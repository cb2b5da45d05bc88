package io.github.bilevel4j.examples.umm;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.losses.information.Density;
import io.github.bilevel4j.losses.information.JensenShannon;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.SslMethod;
import io.github.bilevel4j.ssl.ViewBatch;

/**
 * The terms of UMM (arXiv 2410.00772) of a batch of images, the layers after the early stage being
 * at some values of their parameters; the early stage is frozen. Terms are without their weights,
 * and not computed unless they are asked for.
 */
public record UmmTerms(
    UmmSettings settings, ViewBatch views, Layer later, Network network, SslLoss loss) {

  /** The parameters of the layers after the early stage. */
  static Variables later(Encoder encoder, UmmSettings settings) {
    return encoder.last(settings.earlyStage()).parameters();
  }

  /** What moves, {@code theta}: the later layers, and the heads if the settings say so. */
  static Variables theta(Encoder encoder, SslMethod method, UmmSettings settings) {
    Variables later = later(encoder, settings);
    return settings.headsMove() ? later.and(method.parameters()) : later;
  }

  /**
   * The terms of views.
   *
   * @param values of the later layers' parameters, and of those of the heads if they move
   * @param pass through the later layers
   */
  public static UmmTerms of(
      Encoder encoder, ViewBatch views, Vector values, Pass pass, UmmSettings settings) {
    String stage = settings.earlyStage();
    Network network =
        Network.frozenUpTo(stage, encoder, pass.across(views.replicas())).with(values);
    SslLoss loss = views.loss(network);
    return new UmmTerms(settings, views, encoder.last(stage).with(values), network, loss);
  }

  /** The self-supervised loss, {@code L_SSL}. */
  public Objective ssl() {
    Objective ssl = loss.objective();
    double weight = settings.constraintWeight();
    return weight == 1 ? ssl : ssl.weighted("constraint", weight);
  }

  /**
   * The part of each image in {@code L_SSL}, {@code [n]}, whose mean it is.
   *
   * @throws UsageError if the method's loss is no such mean, or its constraint is weighed
   */
  Expr sslOfImages() {
    if (loss.ofImages().isEmpty()) {
      throw UsageError.in("weights of pictures")
          .because(
              "the loss of %s is no mean over pictures, or does not tell", views.method().name())
          .maybe("SimCLR without a regularizer was meant, whose loss is one.");
    }
    if (settings.constraintWeight() != 1) {
      throw UsageError.in("weights of pictures")
          .because("the constraint of the loss is weighed by %s", settings.constraintWeight())
          .maybe("a weight of 1 was meant.");
    }
    return loss.ofImages().get();
  }

  /**
   * {@code JS(p(z_e), p(z_l))}: the samples are uniform in the early features' distribution. A
   * replica computes the volumes of its own samples.
   */
  public Expr divergence() {
    Expr[] early = network.earlyFeatures().toArray(Expr[]::new);
    Expr logVolumes =
        settings.density().of(x -> later.apply(x, Pass.evaluation()), sharedLoss(), early);
    Expr pLast = Density.ofLogVolumes(network.gathered(logVolumes));
    Expr pEarly = Density.uniform(pLast.shape());
    return JensenShannon.betweenLogs(pEarly, pLast);
  }

  /**
   * The self-supervised loss, which each replica has whole: what is differentiated is the sum over
   * the replicas, of which each counts a part.
   */
  private Expr sharedLoss() {
    Expr whole = ssl().total();
    int replicas = network.replicas();
    return replicas == 1 ? whole : whole.withGradientOf(whole.dividedBy(replicas));
  }

  /** The coding-rate reduction {@code R - R_c}. */
  public Expr reduction() {
    return settings.codingRate().reduction(network, views.method().projector(), views.views());
  }

  /** {@code objective + beta JS(p(z_e), p(z_l))}; without the term if beta is zero. */
  Objective plusMemorization(Objective objective) {
    return settings.beta() == 0
        ? objective
        : objective.plus("memorization", settings.beta(), divergence());
  }

  /** {@code objective - alpha (R - R_c)}; without the term if alpha is zero. */
  Objective minusReduction(Objective objective) {
    return settings.alpha() == 0
        ? objective
        : objective.minus("coding rate reduction", settings.alpha(), reduction());
  }

  /** The updates of the method's state. */
  ImmutableList<Update> updates() {
    return loss.updates();
  }
}
