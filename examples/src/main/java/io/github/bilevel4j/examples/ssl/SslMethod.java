package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import java.util.List;

/** A self-supervised method: what it adds to an encoder, and its loss of views of images. */
public interface SslMethod {

  /** The projector from features {@code [n, features]} to embeddings {@code [n, d]}. */
  Layer projector();

  /** All heads, one after another; the projector alone unless there is a predictor, too. */
  default Layer heads() {
    return projector();
  }

  /** What is trained besides the encoder. */
  default Variables parameters() {
    return heads().parameters();
  }

  /** What it remembers from step to step besides running statistics and averages, as queues. */
  default Variables memory() {
    return Variables.none();
  }

  /** Moving averages of parameters, under the parameters' keys. */
  default Variables averages() {
    return Variables.none();
  }

  /** The assignments that let the averages begin anew at the present weights. */
  default ImmutableList<Update> reset() {
    return ImmutableList.of();
  }

  /**
   * What {@link #loss} is told of a batch of images: by default their views, each {@code [n,
   * height, width, 3]}. A method may add what else it needs to know of them.
   *
   * @param last what each view ends with after all other augmentations
   */
  default ImmutableList<Expr> see(
      Views views, Augmentation last, ImageBatch batch, RandomKey randomness) {
    return views.then(last).of(batch.images(), randomness);
  }

  /**
   * The loss of the views of a batch of images.
   *
   * @throws IllegalArgumentException if the method cannot use a batch of this size
   */
  SslLoss loss(Network network, ImmutableList<Expr> views);

  /**
   * The loss of a batch that a method can use.
   *
   * @throws IllegalArgumentException as {@link #loss}, or if there are fewer than two views or
   *     images: no method can do with less
   */
  default SslLoss lossOf(Network network, ImmutableList<Expr> views) {
    ViewBatch.of(views).requireTwoOfEach(getClass().getSimpleName());
    return loss(network, views);
  }

  /**
   * This method with one more term in its loss, {@code L + weight r}: in pre-training, and in both
   * levels of UMM.
   */
  default SslMethod plus(String term, double weight, Regularizer regularizer) {
    return new RegularizedMethod(
        this,
        (objective, network, views) ->
            objective.plus(term, weight, regularizer.of(network, views)));
  }

  /**
   * This method with the weight of one part of its loss, {@code alignment} or {@code constraint},
   * multiplied by a factor.
   *
   * <p>Using it fails if the loss has no such part: where the constraint is an operation, as a
   * stop-gradient or whitening, there is nothing to weigh.
   */
  default SslMethod weighted(String term, double factor) {
    return new RegularizedMethod(
        this, (objective, network, views) -> objective.weighted(term, factor));
  }

  /** Averages and memory, each variable under its own name. */
  default Variables remembered() {
    return named(averages()).and(named(memory()));
  }

  /** All that weights on disk must hold besides the encoder, each variable under its own name. */
  default Variables variables() {
    return named(parameters()).and(named(heads().state())).and(remembered());
  }

  /** Variables under their own names in place of their keys. */
  static Variables named(Variables variables) {
    return Variables.of(List.copyOf(variables.leaves().values()));
  }
}
