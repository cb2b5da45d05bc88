package io.github.bilevel4j.examples.ssl;

import io.github.bilevel4j.augment.Augmentations;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.head.MlpHead.Norm;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Lars;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Optimizer;
import java.util.stream.IntStream;

/**
 * What a method is put on, and what all methods of a preset have in common.
 *
 * @param features the number of the encoder's features
 * @param side height and width of a view in pixels
 * @param images the number of images in the data set
 * @param batch the number of images in a batch
 * @param perEpoch the number of batches in an epoch
 * @param epochs the number of epochs
 * @param step the number of steps made so far, a variable; it counts on in UMM after pre-training,
 *     and in joint training it counts pairs of a self-supervised step and a step of UMM
 */
public record MethodContext(
    Preset preset,
    Encoder encoder,
    int features,
    Scope scope,
    int side,
    int images,
    int batch,
    int perEpoch,
    int epochs,
    Expr step) {
  private static final int WIDTH = 64;
  private static final int HTDT_HIDDEN = 1024;
  private static final int HTDT_WARM_UP = 500;
  private static final double ADAM_RATE = 3e-3;
  private static final double ADAM_DECAY = 1e-6;

  int steps() {
    return epochs * perEpoch;
  }

  boolean isSolo() {
    return preset == Preset.SOLO;
  }

  /** A head without normalization by solo-learn; the last width is that of embeddings. */
  MlpHead plain(int... widths) {
    return head(WIDTH, widths);
  }

  /** The same, in short runs with embeddings narrow enough for a batch to fill all dimensions. */
  MlpHead narrow(int... widths) {
    return head(narrowWidth(WIDTH), widths);
  }

  private MlpHead head(int width, int... solo) {
    return switch (preset) {
      case SOLO ->
          MlpHead.layers(IntStream.concat(IntStream.of(features), IntStream.of(solo)).toArray());
      case HTDT -> MlpHead.layers(features, HTDT_HIDDEN, width).hiddenNorm(Norm.AFFINE);
      case QUICK -> MlpHead.layers(features, 2 * features, width).hiddenNorm(Norm.AFFINE);
    };
  }

  /** A head with normalized hidden layers. */
  MlpHead normed(int... widths) {
    return plain(widths).hiddenNorm(Norm.AFFINE);
  }

  /** The projector as described. */
  Layer projector(MlpHead head) {
    return head.init(scope.child("projector"));
  }

  /** The predictor of embeddings of a width. */
  Layer predictor(int hidden, int width) {
    MlpHead head =
        switch (preset) {
          case SOLO -> MlpHead.layers(width, hidden, width);
          case HTDT -> MlpHead.layers(WIDTH, HTDT_HIDDEN, WIDTH);
          case QUICK -> MlpHead.layers(WIDTH, 2 * WIDTH, WIDTH);
        };
    return head.hiddenNorm(Norm.AFFINE).init(scope.child("predictor"));
  }

  /** The width of embeddings. */
  int width(int solo) {
    return isSolo() ? solo : WIDTH;
  }

  /** The width of narrow embeddings: half the batch at most in short runs. */
  int narrowWidth(int solo) {
    return preset == Preset.QUICK ? Math.max(2, Math.min(WIDTH, batch / 2)) : width(solo);
  }

  /**
   * The number of rows of a queue: else than by solo-learn 32 batches, but a quarter of an epoch at
   * most, lest an image meet its own keys of the epoch before.
   */
  int rows(int solo) {
    return isSolo() ? solo : batch * Math.max(1, Math.min(32, perEpoch / 4));
  }

  /**
   * The tau of a moving average: 0.99, or along a cosine by solo-learn. The cosine ends with
   * pre-training; from then on, in UMM, tau is again what it was at the beginning. At the cosine's
   * end, mostly 1, the targets would stand still: the loss would hold the network to the one that
   * has memorized, which UMM is to undo. The paper says nothing of it; by the settings of its
   * tables, those of {@link Preset#HTDT}, tau is 0.99 throughout.
   */
  Schedule tau(double from, double to) {
    return isSolo()
        ? Schedule.cosine(from, to, steps()).then(steps(), Schedule.constant(from))
        : Schedule.constant(0.99);
  }

  /** One in the first so many epochs by solo-learn, else zero. */
  Expr inFirst(int epochsAtStart) {
    return isSolo() ? step.lessThan(epochsAtStart * perEpoch) : Expr.constant(0);
  }

  /** The views. */
  Views views(Views solo) {
    return switch (preset) {
      case SOLO -> solo;
      case HTDT -> Augmentations.htdt(side);
      case QUICK -> Augmentations.strongColor(side);
    };
  }

  /** The optimizer. */
  Optimizer optimizer(Optimizer solo) {
    return switch (preset) {
      case SOLO -> solo;
      case HTDT -> Adam.rate(htdtRate()).weightDecay(ADAM_DECAY);
      case QUICK ->
          Adam.rate(Schedule.warmupCosine(ADAM_RATE, Math.min(warmUp(), steps() - 1), steps()))
              .weightDecay(ADAM_DECAY);
    };
  }

  /** Solo-learn's LARS, with a rate for batches of 256. */
  Optimizer lars(double rate, double decay) {
    return Lars.solo(warmed(3e-5, scaled(rate), 0)).trust(0.02).clipped(true).weightDecay(decay);
  }

  /** Solo-learn's SGD, with a rate for batches of 256. */
  Optimizer sgd(double rate, double decay) {
    return sgd(warmed(3e-5, scaled(rate), 0), decay);
  }

  /** SGD with momentum. */
  Optimizer sgd(Schedule rate, double decay) {
    return Sgd.rate(rate).momentum(0.9).weightDecay(decay);
  }

  /** A rate for batches of 256, for the batches here. */
  double scaled(double rate) {
    return rate * batch / 256;
  }

  /** A linear rise in the {@link #warmUp}, then a cosine to the last value. */
  Schedule warmed(double from, double to, double last) {
    int warmUp = Math.max(2, warmUp());
    return Schedule.linear(from, to, warmUp - 1)
        .then(warmUp, Schedule.cosine(to, last, Math.max(1, steps() - warmUp)));
  }

  /** The steps of a warm-up: ten epochs, but half the run (in short runs a tenth) at most. */
  int warmUp() {
    int most = steps() / (preset == Preset.QUICK ? 10 : 2);
    return Math.max(1, Math.min(10 * perEpoch, most));
  }

  /** A rise, and a fifth from the last 50 and again from the last 25 epochs on of longer runs. */
  Schedule htdtRate() {
    int[] drops =
        IntStream.of(50, 25)
            .filter(last -> epochs > last)
            .map(last -> (epochs - last) * perEpoch)
            .toArray();
    return Schedule.linear(ADAM_RATE / HTDT_WARM_UP, ADAM_RATE, HTDT_WARM_UP - 1)
        .times(Schedule.stepDecay(1, 0.2, drops));
  }
}
