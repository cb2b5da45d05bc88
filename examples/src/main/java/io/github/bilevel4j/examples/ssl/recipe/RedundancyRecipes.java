package io.github.bilevel4j.examples.ssl.recipe;

import static io.github.bilevel4j.head.MlpHead.Norm.AFFINE;
import static io.github.bilevel4j.head.MlpHead.Norm.PLAIN;

import io.github.bilevel4j.augment.Augmentations;
import io.github.bilevel4j.augment.HorizontalFlip;
import io.github.bilevel4j.augment.LocatedCrop;
import io.github.bilevel4j.augment.RandomResizedCrop;
import io.github.bilevel4j.augment.Solarize;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.examples.ssl.BarlowTwins;
import io.github.bilevel4j.examples.ssl.CorInfoMax;
import io.github.bilevel4j.examples.ssl.Mec;
import io.github.bilevel4j.examples.ssl.VicReg;
import io.github.bilevel4j.examples.ssl.VicRegL;
import io.github.bilevel4j.examples.ssl.WMse;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.redundancy.BarlowTwinsLoss;
import io.github.bilevel4j.losses.redundancy.CorInfoMaxLoss;
import io.github.bilevel4j.losses.redundancy.MaximumEntropyCoding;
import io.github.bilevel4j.losses.redundancy.RunningMoments;
import io.github.bilevel4j.losses.redundancy.VicRegLLoss;
import io.github.bilevel4j.losses.redundancy.VicRegLoss;
import io.github.bilevel4j.losses.redundancy.WMseLoss;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.Recipe;
import java.util.function.UnaryOperator;

/**
 * Of the methods that decorrelate features: Barlow Twins, VICReg, VICRegL, W-MSE, MEC, CorInfoMax.
 */
final class RedundancyRecipes {
  private RedundancyRecipes() {}

  /** Barlow Twins. */
  static Recipe barlowTwins(MethodContext c) {
    return switch (c.preset()) {
      case SOLO ->
          barlowTwins(
              c,
              Setup.of(
                  c.mlp(2048, 2048, 2048).hiddenNorm(AFFINE),
                  Augmentations.asymmetric(c.side()),
                  SoloLearn.lars(c, 0.3, 1e-4)),
              0.0051);
      case HTDT -> barlowTwins(c, Htdt.setup(c), 0.0051);
      case QUICK -> barlowTwins(c, Quick.setup(c), 1.0 / 64);
    };
  }

  private static Recipe barlowTwins(MethodContext c, Setup s, double weight) {
    return s.of(
        new BarlowTwins(c.projector(s.projector()), BarlowTwinsLoss.weight(weight).scale(0.1)));
  }

  /** VICReg. */
  static Recipe vicReg(MethodContext c) {
    Setup s =
        switch (c.preset()) {
          case SOLO ->
              Setup.of(
                  c.mlp(2048, 2048, 2048).hiddenNorm(AFFINE),
                  Augmentations.vicreg(c.side()),
                  SoloLearn.lars(c, 0.3, 1e-4));
          case HTDT -> Htdt.setup(c);
          case QUICK -> Quick.setup(c);
        };
    return s.of(
        new VicReg(
            c.projector(s.projector()),
            VicRegLoss.weights(25, 25, 1).by(VicRegLoss.Convention.PAPER)));
  }

  /** VICRegL on the last feature maps, with VICReg's optimizer; not published for CIFAR. */
  static Recipe vicRegL(MethodContext c) {
    return switch (c.preset()) {
      case SOLO ->
          vicRegL(
              c,
              Setup.of(
                  c.mlp(2048, 2048, 2048).hiddenNorm(AFFINE),
                  Views.alike(Parts.color(0.4, 0.4, 0.2, 0.1, 0.2).then(Solarize.probability(0.1))),
                  SoloLearn.lars(c, 0.3, 1e-4)),
              c.mlp(512, 512, 512).hiddenNorm(AFFINE));
      case HTDT -> vicRegL(c, Htdt.setup(c));
      case QUICK -> vicRegL(c, Quick.setup(c));
    };
  }

  private static Recipe vicRegL(MethodContext c, Setup s) {
    return vicRegL(c, s.views(Views.alike(s.color())), s.projector());
  }

  private static Recipe vicRegL(MethodContext c, Setup s, MlpHead maps) {
    int places = Parts.places(c);
    return s.of(
        new VicRegL(
            c.projector(s.projector().outputBias(false)),
            maps.outputBias(false).init(c.scope().child("maps")),
            new LocatedCrop(
                RandomResizedCrop.size(c.side()).scale(0.2, 1).bicubic(),
                HorizontalFlip.probability(0.5)),
            VicRegLLoss.weights(25, 25, 1)
                .share(0.9)
                .matches(Math.min(16, places), Math.min(4, places))));
  }

  /**
   * W-MSE of so many views of an image. As published nothing is added to the covariances, whose 128
   * images fill 64 dimensions: what survives rounding in float32, some 1e-4, would be another
   * whitening. Features that collapse stop the run with that advice.
   */
  static Recipe wMse(MethodContext c, int views) {
    return switch (c.preset()) {
      case SOLO ->
          wMse(
              c,
              Setup.of(
                  c.mlp(1024, 64).hiddenNorm(AFFINE),
                  Augmentations.wMse(c.side()),
                  Adam.rate(SoloLearn.warmed(c, 0, c.scaled(2e-3), 0)).weightDecay(1e-6)),
              views,
              WMseLoss.subBatch(128));
      case HTDT -> wMse(c, Htdt.setup(c), views, WMseLoss.subBatch(128));
      // Small batches in float32 need covariances away from singular ones, and embeddings of unit
      // variance, as the shrinkage is towards I. A larger one than this leaves directions of small
      // variance unwhitened: all embeddings then end on a line.
      case QUICK ->
          wMse(
              c,
              Quick.setup(c)
                  .projector(
                      c.mlp(2 * c.features(), Quick.narrow(c))
                          .hiddenNorm(AFFINE)
                          .outputNorm(PLAIN)),
              views,
              WMseLoss.subBatch(Math.max(2, Math.min(c.batch(), 128))).shrinkage(1e-5));
    };
  }

  private static Recipe wMse(MethodContext c, Setup s, int views, WMseLoss loss) {
    RandomKey orders = RandomKey.of(c.scope().seed(), c.step()).foldIn("sub-batches");
    return s.views(Views.alike(s.views().first(), views))
        .of(new WMse(c.projector(s.projector()), loss, orders));
  }

  /** MEC with SimSiam's optimizer; 1 / lambda falls from eight times its value in ten epochs. */
  static Recipe mec(MethodContext c) {
    return mec(c, coding -> coding);
  }

  /** MEC with the determinant itself. */
  static Recipe mecExact(MethodContext c) {
    return mec(c, MaximumEntropyCoding::exact);
  }

  private static Recipe mec(MethodContext c, UnaryOperator<MaximumEntropyCoding> form) {
    Setup siamese = DistillationRecipes.simSiamSetup(c);
    Setup s =
        switch (c.preset()) {
          case SOLO ->
              siamese
                  .optimizer(SoloLearn.sgd(c, 0.5, 1e-5))
                  .tau(SoloLearn.tau(c, 0.996, 1))
                  .warmUp(SoloLearn.warmUp(c));
          case HTDT, QUICK -> siamese;
        };
    Layer projector = c.projector(s.projector());
    // d / eps^2 is 32 in 2048 dimensions and 1 in 64, where the spectrum of C cannot spread as far:
    // with more the series would diverge on features that are not spread yet.
    double last = MaximumEntropyCoding.inverseLambda(c.batch(), Parts.width(s), 64);
    Schedule fall = Schedule.linear(8 * last, last, Math.max(1, s.warmUp() - 1));
    return s.of(
        new Mec(
            projector,
            c.predictor(s.predictor()),
            s.targetAfterStep(c, projector),
            form.apply(MaximumEntropyCoding.inverseLambda(fall.at(c.step())))));
  }

  /** CorInfoMax. */
  static Recipe corInfoMax(MethodContext c) {
    return switch (c.preset()) {
      // Epsilon was published as 1e-8 for covariances in float64. With 1e-6, the program's default,
      // those of collapsed features can still be factorized in float32.
      case SOLO ->
          corInfoMax(
              c,
              Setup.of(
                  c.mlp(2048, 2048, 64),
                  Augmentations.corInfoMax(c.side()),
                  SoloLearn.sgd(SoloLearn.warmed(c, 3e-3, 0.5, 1e-6), 1e-4)),
              1e-6);
      case HTDT -> corInfoMax(c, Htdt.setup(c), 1e-4);
      case QUICK ->
          corInfoMax(
              c,
              Quick.setup(c).projector(c.mlp(2 * c.features(), Quick.narrow(c)).hiddenNorm(AFFINE)),
              1e-4);
    };
  }

  private static Recipe corInfoMax(MethodContext c, Setup s, double epsilon) {
    int width = Parts.width(s);
    return s.of(
        new CorInfoMax(
            c.projector(s.projector().outputBias(false)),
            CorInfoMaxLoss.weight(250).epsilon(epsilon).onUnitRows(),
            RunningMoments.variables("first moments", width),
            RunningMoments.variables("second moments", width)));
  }
}
