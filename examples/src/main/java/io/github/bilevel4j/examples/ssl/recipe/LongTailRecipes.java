package io.github.bilevel4j.examples.ssl.recipe;

import static io.github.bilevel4j.head.MlpHead.Norm.AFFINE;

import io.github.bilevel4j.augment.HorizontalFlip;
import io.github.bilevel4j.augment.RandomResizedCrop;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.examples.ssl.BclI;
import io.github.bilevel4j.examples.ssl.Sdclr;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.longtail.MagnitudeMask;
import io.github.bilevel4j.losses.longtail.MomentumLoss;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.Recipe;

/** Of the methods for long-tailed data: SDCLR and BCL-I. */
final class LongTailRecipes {
  private static final double RATE = 0.5;

  private LongTailRecipes() {}

  /** SDCLR, nine tenths of the filter weights masked. */
  static Recipe sdclr(MethodContext c) {
    Setup s =
        switch (c.preset()) {
          case SOLO ->
              Setup.of(
                  c.mlp(512, 512, 128).hiddenNorm(AFFINE).outputNorm(AFFINE),
                  published(c.side()),
                  sgd(c, 1e-4));
          case HTDT -> normalized(Htdt.setup(c));
          case QUICK -> normalized(Quick.setup(c));
        };
    return s.of(
        Sdclr.of(
            c.encoder(),
            c.projector(s.projector()),
            NtXent.temperature(0.2),
            MagnitudeMask.fraction(0.9)));
  }

  /** BCL-I on SDCLR's views. */
  static Recipe bclI(MethodContext c) {
    Setup s =
        switch (c.preset()) {
          case SOLO ->
              Setup.of(
                  c.mlp(512, 128).hiddenNorm(AFFINE).outputNorm(AFFINE),
                  published(c.side()),
                  sgd(c, 5e-4));
          case HTDT -> normalized(Htdt.setup(c));
          case QUICK -> normalized(Quick.setup(c));
        };
    return s.of(
        new BclI(
            c.projector(s.projector()),
            NtXent.temperature(0.2),
            MomentumLoss.of("bcl-i", c.images(), 0.97),
            10,
            30));
  }

  /**
   * SGD with the rate of both programs, which move it on before each step: from 0.5 / W to 0.5 in
   * the W steps of the warm-up, then along a cosine to 1e-6 in the last step.
   */
  private static Sgd sgd(MethodContext c, double decay) {
    int warmUp = SoloLearn.warmUp(c);
    Schedule rise = Schedule.linear(RATE / warmUp, RATE, Math.max(1, warmUp - 1));
    Schedule fall = Schedule.cosine(RATE, 1e-6, Math.max(1, c.steps() - warmUp));
    return SoloLearn.sgd(rise.then(warmUp - 1, fall), decay);
  }

  private static Setup normalized(Setup s) {
    return s.projector(s.projector().outputNorm(AFFINE));
  }

  /** Crop 0.1-1, flip, CJ(0.4, 0.4, 0.4, 0.1), grayscale 0.2; both views alike. */
  private static Views published(int side) {
    return Views.alike(
        RandomResizedCrop.size(side)
            .scale(0.1, 1)
            .bicubic()
            .then(HorizontalFlip.probability(0.5))
            .then(Parts.color(0.4, 0.4, 0.4, 0.1, 0.2)));
  }
}
