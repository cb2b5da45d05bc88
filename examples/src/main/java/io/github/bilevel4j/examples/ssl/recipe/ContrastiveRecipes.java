package io.github.bilevel4j.examples.ssl.recipe;

import static io.github.bilevel4j.head.MlpHead.Norm.AFFINE;

import io.github.bilevel4j.augment.Augmentations;
import io.github.bilevel4j.examples.ssl.Lmcl;
import io.github.bilevel4j.examples.ssl.MoCoV2;
import io.github.bilevel4j.examples.ssl.MoCoV2Plus;
import io.github.bilevel4j.examples.ssl.RelicV2;
import io.github.bilevel4j.examples.ssl.SimClr;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.contrastive.InfoNce;
import io.github.bilevel4j.losses.contrastive.LmclLoss;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.contrastive.RelicV2Loss;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.Queues;
import io.github.bilevel4j.ssl.Recipe;
import io.github.bilevel4j.ssl.TargetNetwork;

/** Of the methods that compare images: SimCLR, LMCL, MoCo v2 and v2+, ReLIC v2. */
final class ContrastiveRecipes {
  private ContrastiveRecipes() {}

  /** SimCLR. */
  static Recipe simClr(MethodContext c) {
    Setup s = simClrSetup(c);
    return s.of(new SimClr(c.projector(s.projector()), NtXent.temperature(s.temperature())));
  }

  private static Setup simClrSetup(MethodContext c) {
    return switch (c.preset()) {
      case SOLO ->
          Setup.of(
                  c.mlp(2048, 256), Augmentations.symmetric(c.side()), SoloLearn.lars(c, 0.4, 1e-4))
              .temperature(0.2);
      case HTDT ->
          Htdt.setup(c)
              .projector(c.mlp(1024, 64).hiddenNorm(AFFINE).outputNorm(AFFINE))
              .temperature(0.5);
      case QUICK -> Quick.setup(c).temperature(0.2);
    };
  }

  /**
   * LMCL with SimCLR's sizes and optimizer, in whose framework it was published: its own rate for
   * Adam is not known.
   */
  static Recipe lmcl(MethodContext c) {
    Setup s = simClrSetup(c);
    return s.of(new Lmcl(c.projector(s.projector()), LmclLoss.temperature(0.5)));
  }

  /**
   * MoCo v2 with solo-learn's CIFAR settings of MoCo v2+. The authors' own are for ImageNet: their
   * queue of 65536 keys holds more than the images of CIFAR.
   */
  static Recipe mocoV2(MethodContext c) {
    Setup s = mocoSetup(c);
    Layer projector = c.projector(s.projector());
    TargetNetwork target = TargetNetwork.beforePass(s.tau(), c.step(), c.encoder(), projector);
    return s.of(
        new MoCoV2(
            projector,
            target,
            Parts.queue(c, "moco-v2 queue", s),
            InfoNce.temperature(s.temperature())));
  }

  /** MoCo v2+; solo-learn moves averages after the step. */
  static Recipe mocoV2Plus(MethodContext c) {
    Setup s = mocoSetup(c);
    Layer projector = c.projector(s.projector());
    Queues queues = Parts.queues(c, "moco-v2-plus queue", s);
    return s.of(
        new MoCoV2Plus(
            projector,
            s.targetAfterStep(c, projector),
            queues,
            InfoNce.temperature(s.temperature())));
  }

  private static Setup mocoSetup(MethodContext c) {
    return switch (c.preset()) {
      case SOLO ->
          Setup.of(
                  c.mlp(2048, 256),
                  Augmentations.symmetricWeak(c.side()),
                  SoloLearn.sgd(c, 0.3, 1e-4))
              .tau(SoloLearn.tau(c, 0.99, 0.999))
              .queue(32768)
              .temperature(0.2);
      case HTDT -> Htdt.setup(c).temperature(0.2);
      case QUICK -> Quick.setup(c).temperature(0.2);
    };
  }

  /** ReLIC v2 with BYOL's sizes; not published for CIFAR. */
  static Recipe relicV2(MethodContext c) {
    return relicV2(c, DistillationRecipes.byolSetup(c));
  }

  /** ReLIC v2 with small views besides, as it was published for larger images. */
  static Recipe relicV2MultiCrop(MethodContext c) {
    return relicV2(c, Parts.withSmall(c, DistillationRecipes.byolSetup(c)));
  }

  private static Recipe relicV2(MethodContext c, Setup s) {
    Layer projector = c.projector(s.projector());
    return s.of(
        new RelicV2(
            projector,
            c.predictor(s.predictor()),
            s.targetAfterStep(c, projector),
            RelicV2Loss.temperature(0.2),
            2));
  }
}
