package io.github.bilevel4j.ssl;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
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

  /** What messages call it. */
  default String name() {
    return getClass().getSimpleName();
  }

  /** The projector from features {@code [n, features]} to embeddings {@code [n, d]}. */
  Layer projector();

  /** All heads, one after another; the projector alone unless there is a predictor, too. */
  default Layer heads() {
    return projector();
  }

  /** The heads that features go through one after another, by what they are called. */
  default ImmutableMap<String, Layer> headsByRole() {
    return ImmutableMap.of("projector", projector());
  }

  /** Whether the loss sees of what the heads give the direction alone, {@code z / |z|}. */
  default boolean hasUnitOutputs() {
    return false;
  }

  /** What is trained besides the encoder. */
  default Variables parameters() {
    return heads().parameters();
  }

  /** State besides running statistics and moving averages, as queues. */
  default Variables buffers() {
    return Variables.none();
  }

  /** Exponential moving averages of parameters, under the parameters' keys. */
  default Variables emaParameters() {
    return Variables.none();
  }

  /** The assignments that set the averages to the present weights. */
  default ImmutableList<Update> reset() {
    return ImmutableList.of();
  }

  /** The assignments made before the first step of each epoch. */
  default ImmutableList<Update> onEpoch() {
    return ImmutableList.of();
  }

  /**
   * The loss of views of a batch of images, each {@code [n, height, width, 3]}.
   *
   * @throws io.github.bilevel4j.check.UsageError if the method cannot use a batch of this size
   */
  SslLoss loss(Network network, ImmutableList<Expr> views);

  /**
   * The views of a batch of images, with the loss of them. A method whose loss needs more than the
   * views, such as where they were cut out, overrides this: it makes both here, and the loss takes
   * what it needs from this method's local variables.
   *
   * @param last what each view ends with after all other augmentations
   */
  default ViewBatch views(Views views, Augmentation last, ImageBatch images, RandomKey key) {
    return ViewBatch.of(this, views.then(last).of(images.images(), key));
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

  /** Moving averages and buffers, each variable under its own name. */
  default Variables state() {
    return named(emaParameters()).and(named(buffers()));
  }

  /** All that weights on disk must hold besides the encoder, each variable under its own name. */
  default Variables variables() {
    return named(parameters()).and(named(heads().state())).and(state());
  }

  /** Variables under their own names in place of their keys. */
  static Variables named(Variables variables) {
    return Variables.of(List.copyOf(variables.leaves().values()));
  }
}
