package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.Augmentations;
import io.github.bilevel4j.augment.ColorJitter;
import io.github.bilevel4j.augment.GaussianBlur;
import io.github.bilevel4j.augment.Grayscale;
import io.github.bilevel4j.augment.HorizontalFlip;
import io.github.bilevel4j.augment.LocatedCrop;
import io.github.bilevel4j.augment.RandomResizedCrop;
import io.github.bilevel4j.augment.Solarize;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.head.MlpHead.Norm;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.losses.contrastive.InfoNce;
import io.github.bilevel4j.losses.contrastive.LmclLoss;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.contrastive.RelicV2Loss;
import io.github.bilevel4j.losses.distillation.ReSslLoss;
import io.github.bilevel4j.losses.distillation.SwavLoss;
import io.github.bilevel4j.losses.kernel.InverseMultiquadric;
import io.github.bilevel4j.losses.kernel.RandomFeatures;
import io.github.bilevel4j.losses.kernel.SslHsicLoss;
import io.github.bilevel4j.losses.longtail.MagnitudeMask;
import io.github.bilevel4j.losses.longtail.MomentumLoss;
import io.github.bilevel4j.losses.redundancy.BarlowTwinsLoss;
import io.github.bilevel4j.losses.redundancy.CorInfoMaxLoss;
import io.github.bilevel4j.losses.redundancy.MaximumEntropyCoding;
import io.github.bilevel4j.losses.redundancy.RunningMoments;
import io.github.bilevel4j.losses.redundancy.VicRegLLoss;
import io.github.bilevel4j.losses.redundancy.VicRegLoss;
import io.github.bilevel4j.losses.redundancy.WMseLoss;
import io.github.bilevel4j.losses.state.Queue;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The settings of every method: those of solo-learn's CIFAR scripts or, where it has none, of the
 * authors; what the other presets do differently follows from {@link MethodContext}.
 */
public final class Recipes {
  private Recipes() {}

  /** SimCLR. */
  public static Recipe simClr(MethodContext s) {
    double temperature = s.preset() == Preset.HTDT ? 0.5 : 0.2;
    return new Recipe(
        new SimClr(s.projector(contrastive(s)), NtXent.temperature(temperature)),
        s.views(Augmentations.symmetric(s.side())),
        s.optimizer(s.lars(0.4, 1e-4)));
  }

  /**
   * LMCL with SimCLR's sizes and optimizer, in whose framework it was published: its own rate for
   * Adam is not known.
   */
  public static Recipe lmcl(MethodContext s) {
    return new Recipe(
        new Lmcl(s.projector(contrastive(s)), LmclLoss.temperature(0.5)),
        s.views(Augmentations.symmetric(s.side())),
        s.optimizer(s.lars(0.4, 1e-4)));
  }

  /**
   * MoCo v2 with solo-learn's CIFAR settings of MoCo v2+. The authors' own are for ImageNet: their
   * queue of 65536 keys holds more than the images of CIFAR.
   */
  public static Recipe mocoV2(MethodContext s) {
    Layer projector = s.projector(s.plain(2048, 256));
    TargetNetwork target =
        TargetNetwork.beforePass(s.tau(0.99, 0.999), s.step(), s.encoder(), projector);
    return new Recipe(
        new MoCoV2(
            projector, target, queue(s, "moco-v2 queue", 32768, 256), InfoNce.temperature(0.2)),
        s.views(Augmentations.symmetricWeak(s.side())),
        s.optimizer(s.sgd(0.3, 1e-4)));
  }

  /** MoCo v2+; solo-learn moves averages after the step. */
  public static Recipe mocoV2Plus(MethodContext s) {
    Layer projector = s.projector(s.plain(2048, 256));
    TargetNetwork target =
        TargetNetwork.afterStep(s.tau(0.99, 0.999), s.step(), s.encoder(), projector);
    return new Recipe(
        new MoCoV2Plus(
            projector,
            target,
            queues(s, "moco-v2-plus queue", 32768, 256),
            InfoNce.temperature(0.2)),
        s.views(Augmentations.symmetricWeak(s.side())),
        s.optimizer(s.sgd(0.3, 1e-4)));
  }

  /** SimSiam; the predictor's rate stays constant. */
  public static Recipe simSiam(MethodContext s) {
    Sgd constant = Sgd.rate(s.scaled(0.5)).momentum(0.9).weightDecay(1e-5);
    return new Recipe(
        new SimSiam(s.projector(siamese(s)), s.predictor(512, 2048)),
        s.views(Augmentations.symmetricWeak(s.side())),
        s.optimizer(
            s.sgd(0.5, 1e-5)
                .exceptFor("predictor", name -> name.startsWith("predictor/"), constant)));
  }

  /** BYOL. */
  public static Recipe byol(MethodContext s) {
    Layer projector = s.projector(s.normed(4096, 256));
    TargetNetwork target =
        TargetNetwork.afterStep(s.tau(0.99, 1), s.step(), s.encoder(), projector);
    return new Recipe(
        new Byol(projector, s.predictor(4096, 256), target),
        s.views(Augmentations.asymmetric(s.side())),
        s.optimizer(s.lars(1.0, 1e-5)));
  }

  /** SwAV; the queues start after 50 epochs, the prototypes move after two. */
  public static Recipe swav(MethodContext s) {
    return swav(s, s.views(Augmentations.symmetric(s.side())));
  }

  /** SwAV with small views besides; not published for CIFAR. */
  public static Recipe swavMultiCrop(MethodContext s) {
    Augmentation colors =
        color(0.8, 0.8, 0.8, 0.2, 0.2).then(GaussianBlur.sigma(0.1, 2).probability(0.5));
    return swav(s, withSmall(s, Augmentations.symmetric(s.side()), colors));
  }

  private static Recipe swav(MethodContext s, Views views) {
    int width = s.width(128);
    // Rows of length one: the longer they are, the more slowly they turn.
    double deviation = 1 / Math.sqrt(width);
    Expr prototypes =
        s.scope()
            .drawn(
                "prototypes",
                Shape.of(prototypes(s.preset()), width),
                seed -> Initializer.normal(deviation, seed));
    Queues queues =
        s.isSolo() ? queues(s, "swav queue", 3840, 128) : new Queues(ImmutableList.of());
    return new Recipe(
        new Swav(
            s.projector(s.normed(2048, 128)),
            prototypes,
            SwavLoss.temperature(0.1),
            queues,
            s.inFirst(2),
            s.inFirst(50).negated().plus(1)),
        views,
        s.optimizer(s.lars(0.6, 1e-6)));
  }

  /** Barlow Twins. */
  public static Recipe barlowTwins(MethodContext s) {
    return new Recipe(
        new BarlowTwins(
            s.projector(s.normed(2048, 2048, 2048)),
            BarlowTwinsLoss.weight(s.preset() == Preset.QUICK ? 1.0 / s.width(2048) : 0.0051)
                .scale(0.1)),
        s.views(Augmentations.asymmetric(s.side())),
        s.optimizer(s.lars(0.3, 1e-4)));
  }

  /** VICReg. */
  public static Recipe vicReg(MethodContext s) {
    return new Recipe(
        new VicReg(
            s.projector(s.normed(2048, 2048, 2048)),
            VicRegLoss.weights(25, 25, 1).by(VicRegLoss.Convention.PAPER)),
        s.views(Augmentations.vicreg(s.side())),
        s.optimizer(s.lars(0.3, 1e-4)));
  }

  /** VICRegL on the last feature maps, with VICReg's optimizer; not published for CIFAR. */
  public static Recipe vicRegL(MethodContext s) {
    int places = places(s);
    MlpHead maps = s.normed(512, 512, 512).outputBias(false);
    RandomResizedCrop crop = RandomResizedCrop.size(s.side()).scale(0.2, 1).bicubic();
    return new Recipe(
        new VicRegL(
            s.projector(s.normed(2048, 2048, 2048).outputBias(false)),
            maps.init(s.scope().child("maps")),
            new LocatedCrop(crop, HorizontalFlip.probability(0.5)),
            VicRegLLoss.weights(25, 25, 1)
                .share(0.9)
                .matches(Math.min(16, places), Math.min(4, places))),
        Views.alike(colorAlone(s.preset())),
        s.optimizer(s.lars(0.3, 1e-4)));
  }

  /**
   * W-MSE of so many views of an image. As published nothing is added to the covariances, whose 128
   * images fill 64 dimensions: what survives rounding in float32, some 1e-4, would be another
   * whitening. Features that collapse stop the run with that advice.
   */
  public static Recipe wMse(MethodContext s, int views) {
    boolean quick = s.preset() == Preset.QUICK;
    WMseLoss published = WMseLoss.subBatch(quick ? Math.max(2, Math.min(s.batch(), 128)) : 128);
    // Small batches in float32 need covariances away from singular ones, and embeddings of unit
    // variance, as the shrinkage is towards I. A larger one than this leaves directions of small
    // variance unwhitened: all embeddings then end on a line.
    WMseLoss loss = quick ? published.shrinkage(1e-5) : published;
    MlpHead head = s.narrow(1024, 64).hiddenNorm(Norm.AFFINE);
    RandomKey orders = RandomKey.of(s.scope().seed(), s.step()).foldIn("sub-batches");
    return new Recipe(
        new WMse(s.projector(quick ? head.outputNorm(Norm.PLAIN) : head), loss, orders),
        Views.alike(s.views(Augmentations.wMse(s.side())).first(), views),
        s.optimizer(Adam.rate(s.warmed(3e-5, s.scaled(2e-3), 0)).weightDecay(1e-6)));
  }

  /** MEC with SimSiam's optimizer; 1 / lambda falls from eight times its value in ten epochs. */
  public static Recipe mec(MethodContext s) {
    return mec(s, coding -> coding);
  }

  /** MEC with the determinant itself. */
  public static Recipe mecExact(MethodContext s) {
    return mec(s, MaximumEntropyCoding::exact);
  }

  private static Recipe mec(MethodContext s, UnaryOperator<MaximumEntropyCoding> form) {
    Layer projector = s.projector(siamese(s));
    TargetNetwork target =
        TargetNetwork.afterStep(s.tau(0.996, 1), s.step(), s.encoder(), projector);
    // d / eps^2 is 32 in 2048 dimensions and 1 in 64, where the spectrum of C cannot spread as far:
    // with more the series would diverge on features that are not spread yet.
    double last = MaximumEntropyCoding.inverseLambda(s.batch(), s.width(2048), 64);
    Expr inverseLambda = Schedule.linear(8 * last, last, s.warmUp()).at(s.step());
    return new Recipe(
        new Mec(
            projector,
            s.predictor(512, 2048),
            target,
            form.apply(MaximumEntropyCoding.inverseLambda(inverseLambda))),
        s.views(Augmentations.symmetricWeak(s.side())),
        s.optimizer(s.sgd(0.5, 1e-5)));
  }

  /** CorInfoMax. */
  public static Recipe corInfoMax(MethodContext s) {
    // Published as 1e-8 for covariances in float64. With 1e-6, the program's default, those of
    // collapsed features can still be factorized in float32.
    double epsilon = s.isSolo() ? 1e-6 : 1e-4;
    return new Recipe(
        new CorInfoMax(
            s.projector(s.narrow(2048, 2048, 64).outputBias(false)),
            CorInfoMaxLoss.weight(250).epsilon(epsilon).onUnitRows(),
            RunningMoments.variables("first moments", s.narrowWidth(64)),
            RunningMoments.variables("second moments", s.narrowWidth(64))),
        s.views(Augmentations.corInfoMax(s.side())),
        s.optimizer(s.sgd(s.warmed(3e-3, 0.5, 1e-6), 1e-4)));
  }

  /** ReSSL; solo-learn moves averages after the step. */
  public static Recipe reSsl(MethodContext s) {
    Layer projector = s.projector(s.plain(4096, 256));
    TargetNetwork target =
        TargetNetwork.afterStep(s.tau(0.99, 1), s.step(), s.encoder(), projector);
    Views published = Augmentations.ressl(s.side());
    return new Recipe(
        new ReSsl(
            projector,
            target,
            queue(s, "ressl queue", 65536, 256),
            ReSslLoss.temperatures(0.1, 0.04)),
        new Views(s.views(published).first(), published.each().get(1)),
        s.optimizer(s.sgd(0.05, 1e-4)));
  }

  /** ReLIC v2 with BYOL's sizes; not published for CIFAR. */
  public static Recipe relicV2(MethodContext s) {
    return relicV2(s, s.views(Augmentations.asymmetric(s.side())));
  }

  /** ReLIC v2 with small views besides, as it was published for larger images. */
  public static Recipe relicV2MultiCrop(MethodContext s) {
    Views large = Augmentations.asymmetric(s.side());
    return relicV2(s, withSmall(s, large, color(0.4, 0.4, 0.2, 0.1, 0.2)));
  }

  private static Recipe relicV2(MethodContext s, Views views) {
    Layer projector = s.projector(s.normed(4096, 256));
    TargetNetwork target =
        TargetNetwork.afterStep(s.tau(0.99, 1), s.step(), s.encoder(), projector);
    return new Recipe(
        new RelicV2(projector, s.predictor(4096, 256), target, RelicV2Loss.temperature(0.2), 2),
        views,
        s.optimizer(s.lars(1.0, 1e-5)));
  }

  /** SSL-HSIC of the exact kernel with BYOL's sizes; not published for CIFAR. */
  public static Recipe sslHsic(MethodContext s) {
    return sslHsic(s, SslHsicLoss::exact);
  }

  /** SSL-HSIC of 512 random features, drawn anew in each step. */
  public static Recipe sslHsicFeatures(MethodContext s) {
    RandomKey draws = RandomKey.of(s.scope().seed(), s.step());
    RandomFeatures first = RandomFeatures.drawn(512, s.width(256), draws.foldIn("features 1"));
    RandomFeatures second = RandomFeatures.drawn(512, s.width(256), draws.foldIn("features 2"));
    return sslHsic(s, kernel -> SslHsicLoss.approximate(kernel, first, second));
  }

  private static Recipe sslHsic(MethodContext s, Function<InverseMultiquadric, SslHsicLoss> form) {
    Layer projector = s.projector(s.normed(4096, 256));
    TargetNetwork target =
        TargetNetwork.afterStep(s.tau(0.99, 1), s.step(), s.encoder(), projector);
    Expr scale = Expr.variable("kernel scale", Array.scalar(1));
    SslHsicLoss hsic = form.apply(InverseMultiquadric.scale(scale));
    return new Recipe(
        new SslHsic(projector, s.predictor(4096, 256), target, hsic, scale),
        s.views(Augmentations.asymmetric(s.side())),
        s.optimizer(s.lars(1.0, 1e-5))
            .exceptFor("kernel scale", "kernel scale"::equals, Adam.rate(3e-4)));
  }

  /** SDCLR, nine tenths of the filter weights masked. */
  public static Recipe sdclr(MethodContext s) {
    Expr epoch = s.step().dividedBy(s.perEpoch());
    Expr renewed = epoch.floor().equalTo(epoch);
    Layer projector = s.projector(s.normed(512, 512, 128).outputNorm(Norm.AFFINE));
    Optimizer sgd = s.sgd(s.warmed(3e-5, 0.5, 1e-6), 1e-4);
    return new Recipe(
        Sdclr.of(
            s.encoder(), projector, NtXent.temperature(0.2), MagnitudeMask.fraction(0.9), renewed),
        s.views(longTail(s.side())),
        s.optimizer(sgd));
  }

  /** BCL-I on SDCLR's views. */
  public static Recipe bclI(MethodContext s) {
    Expr epoch = s.step().plus(1).dividedBy(s.perEpoch());
    Expr ended = epoch.floor().equalTo(epoch);
    Layer projector = s.projector(s.normed(512, 128).outputNorm(Norm.AFFINE));
    MomentumLoss hardness = MomentumLoss.of("bcl-i", s.images(), 0.97);
    return new Recipe(
        new BclI(projector, NtXent.temperature(0.2), hardness, ended),
        s.views(longTail(s.side())),
        s.optimizer(s.sgd(s.warmed(3e-5, 0.5, 1e-6), 5e-4)));
  }

  /** Of SDCLR and BCL-I: crop 0.1-1, flip, CJ(0.4, 0.4, 0.4, 0.1), grayscale 0.2; both alike. */
  private static Views longTail(int side) {
    return Views.alike(
        RandomResizedCrop.size(side)
            .scale(0.1, 1)
            .then(HorizontalFlip.probability(0.5))
            .then(color(0.4, 0.4, 0.4, 0.1, 0.2)));
  }

  private static MlpHead contrastive(MethodContext s) {
    MlpHead head = s.plain(2048, 256);
    return s.preset() == Preset.HTDT ? head.outputNorm(Norm.AFFINE) : head;
  }

  private static MlpHead siamese(MethodContext s) {
    return s.normed(2048, 2048, 2048).hiddenBias(false).outputNorm(Norm.PLAIN).outputBias(false);
  }

  private static Queue queue(MethodContext s, String name, int rows, int width) {
    return Queue.named(name, s.rows(rows), s.width(width), s.scope().seed() ^ name.hashCode());
  }

  private static Queues queues(MethodContext s, String name, int rows, int width) {
    return new Queues(
        ImmutableList.of(queue(s, name + " 1", rows, width), queue(s, name + " 2", rows, width)));
  }

  private static Augmentation color(
      double brightness, double contrast, double saturation, double hue, double gray) {
    return ColorJitter.strengths(brightness, contrast, saturation, hue)
        .probability(0.8)
        .then(Grayscale.probability(gray));
  }

  /**
   * The views, and four small ones of small parts of the image, 5/8 of its side: 20 pixels of 32.
   *
   * @param colors what solo-learn's views do besides cropping and mirroring
   */
  private static Views withSmall(MethodContext s, Views solo, Augmentation colors) {
    Augmentation small =
        RandomResizedCrop.size(s.side() * 5 / 8)
            .scale(0.05, 0.14)
            .bicubic()
            .then(s.isSolo() ? colors : colorAlone(s.preset()))
            .then(HorizontalFlip.probability(0.5));
    return s.views(solo).and(small, 4);
  }

  /** What a preset's views do besides cropping and mirroring. */
  private static Augmentation colorAlone(Preset preset) {
    return switch (preset) {
      case SOLO -> color(0.4, 0.4, 0.2, 0.1, 0.2).then(Solarize.probability(0.1));
      case HTDT -> color(0.4, 0.4, 0.4, 0.1, 0.1);
      case QUICK -> color(0.4, 0.4, 0.8, 0.2, 0.2);
    };
  }

  /** The number of places of the last feature maps. */
  private static int places(MethodContext s) {
    Encoder encoder = s.encoder();
    String last = encoder.stages().reverse().get(1);
    Expr image = Expr.input("image", 1, s.side(), s.side(), 3);
    Shape map = encoder.features(last, image, Pass.evaluation()).shape();
    return map.dim(1) * map.dim(2);
  }

  /** In short runs fewer than the images of a batch, or a queue is needed. */
  private static int prototypes(Preset preset) {
    return switch (preset) {
      case SOLO -> 3000;
      case HTDT -> 100;
      case QUICK -> 30;
    };
  }
}
