package io.github.bilevel4j.examples.umm;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.examples.ssl.Network;
import io.github.bilevel4j.examples.ssl.SslLoss;
import io.github.bilevel4j.examples.ssl.SslMethod;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.losses.information.JensenShannon;
import io.github.bilevel4j.problem.Objective;
import java.util.List;

/**
 * The layers after the early stage, which UMM trains, under a self-supervised method; the early
 * stage is frozen.
 */
record UmmTerms(Encoder encoder, SslMethod method, UmmSettings settings) {

  /** Their parameters, {@code theta}. */
  Variables theta() {
    return encoder.last(settings.earlyStage()).parameters();
  }

  /** What they make of the views of a batch of images, their parameters being at some values. */
  Batch batch(List<Expr> views, Vector values, Pass pass) {
    String stage = settings.earlyStage();
    Layer later = encoder.last(stage).with(values);
    Network network = Network.frozenUpTo(stage, encoder, pass).with(values);
    SslLoss loss = weighted().lossOf(network, ImmutableList.copyOf(views));
    return new Batch(later, network, views, loss);
  }

  private SslMethod weighted() {
    double weight = settings.constraintWeight();
    return weight == 1 ? method : method.weighted("constraint", weight);
  }

  /** The terms of a batch. One of weight zero is left out of the objective and not computed. */
  final class Batch {
    private final Layer later;
    private final Network network;
    private final List<Expr> views;
    private final SslLoss loss;

    private Batch(Layer later, Network network, List<Expr> views, SslLoss loss) {
      this.later = later;
      this.network = network;
      this.views = views;
      this.loss = loss;
    }

    /** {@code L_SSL}. */
    Objective ssl() {
      return loss.objective();
    }

    /** {@code objective + beta JS(p(z_e), p(z_l))}. */
    Objective plusMemorization(Objective objective) {
      return settings.beta() == 0
          ? objective
          : objective.plus("memorization", settings.beta(), divergence());
    }

    /** {@code objective - alpha (R - R_c)}. */
    Objective minusReduction(Objective objective) {
      return settings.alpha() == 0
          ? objective
          : objective.minus("coding rate reduction", settings.alpha(), reduction());
    }

    /** What the method remembers of the batch. */
    List<Update> updates() {
      return loss.updates();
    }

    private Expr divergence() {
      Expr[] early = network.seen().toArray(Expr[]::new);
      Expr density =
          settings.density().of(x -> later.apply(x, Pass.evaluation()), ssl().total(), early);
      return JensenShannon.toUniformOfLogs(density);
    }

    private Expr reduction() {
      return settings.codingRate().reduction(network, method.projector(), views);
    }
  }
}
