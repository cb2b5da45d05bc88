package io.github.bilevel4j.examples.ssl.recipe;

import static io.github.bilevel4j.head.MlpHead.Norm.AFFINE;
import static io.github.bilevel4j.head.MlpHead.Norm.PLAIN;

import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.Augmentations;
import io.github.bilevel4j.augment.GaussianBlur;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.examples.ssl.Byol;
import io.github.bilevel4j.examples.ssl.ReSsl;
import io.github.bilevel4j.examples.ssl.SimSiam;
import io.github.bilevel4j.examples.ssl.SslHsic;
import io.github.bilevel4j.examples.ssl.Swav;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.distillation.ReSslLoss;
import io.github.bilevel4j.losses.distillation.SwavLoss;
import io.github.bilevel4j.losses.kernel.InverseMultiquadric;
import io.github.bilevel4j.losses.kernel.RandomFeatures;
import io.github.bilevel4j.losses.kernel.SslHsicLoss;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.Recipe;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Of the methods that predict another view: SimSiam, BYOL, SwAV, ReSSL, SSL-HSIC. */
final class DistillationRecipes {
  private DistillationRecipes() {}

  /** SimSiam; by solo-learn the predictor's rate stays constant. */
  static Recipe simSiam(MethodContext c) {
    Setup s = simSiamSetup(c);
    return s.of(new SimSiam(c.projector(s.projector()), c.predictor(s.predictor())));
  }

  static Setup simSiamSetup(MethodContext c) {
    return switch (c.preset()) {
      case SOLO ->
          Setup.of(
                  siamese(c.mlp(2048, 2048, 2048)),
                  Augmentations.symmetricWeak(c.side()),
                  SoloLearn.sgd(c, 0.5, 1e-5)
                      .exceptFor(
                          "predictor",
                          name -> name.startsWith("predictor/"),
                          SoloLearn.sgd(Schedule.constant(c.scaled(0.5)), 1e-5)))
              .predictor(MlpHead.layers(2048, 512, 2048).hiddenNorm(AFFINE).hiddenBias(false));
      case HTDT -> siamese(Htdt.setup(c));
      case QUICK -> siamese(Quick.setup(c));
    };
  }

  private static Setup siamese(Setup s) {
    return s.projector(siamese(s.projector())).predictor(s.predictor().hiddenBias(false));
  }

  private static MlpHead siamese(MlpHead head) {
    return head.hiddenNorm(AFFINE).hiddenBias(false).outputNorm(PLAIN).outputBias(false);
  }

  /** BYOL. */
  static Recipe byol(MethodContext c) {
    Setup s = byolSetup(c);
    Layer projector = c.projector(s.projector());
    return s.of(new Byol(projector, c.predictor(s.predictor()), s.targetAfterStep(c, projector)));
  }

  /** BYOL's sizes, which ReLIC v2 and SSL-HSIC have, too. */
  static Setup byolSetup(MethodContext c) {
    return switch (c.preset()) {
      case SOLO ->
          Setup.of(
                  c.mlp(4096, 256).hiddenNorm(AFFINE),
                  Augmentations.asymmetric(c.side()),
                  SoloLearn.lars(c, 1.0, 1e-5))
              .predictor(MlpHead.layers(256, 4096, 256).hiddenNorm(AFFINE))
              .tau(SoloLearn.tau(c, 0.99, 1))
              .color(Parts.color(0.4, 0.4, 0.2, 0.1, 0.2));
      case HTDT -> Htdt.setup(c);
      case QUICK -> Quick.setup(c);
    };
  }

  /** SwAV; by solo-learn the queues start after 50 epochs, the prototypes move after two. */
  static Recipe swav(MethodContext c) {
    return swav(c, s -> s);
  }

  /** SwAV with small views besides; not published for CIFAR. */
  static Recipe swavMultiCrop(MethodContext c) {
    return swav(c, s -> Parts.withSmall(c, s));
  }

  private static Recipe swav(MethodContext c, UnaryOperator<Setup> views) {
    Expr never = Expr.constant(0);
    Expr always = Expr.constant(1);
    return switch (c.preset()) {
      case SOLO -> {
        Setup s =
            Setup.of(
                    c.mlp(2048, 128).hiddenNorm(AFFINE),
                    Augmentations.symmetric(c.side()),
                    SoloLearn.lars(c, 0.6, 1e-6))
                .queue(3840)
                .color(
                    Parts.color(0.8, 0.8, 0.8, 0.2, 0.2)
                        .then(GaussianBlur.sigma(0.1, 2).probability(0.5)));
        Expr started = SoloLearn.inFirst(c, 50).negated().plus(1);
        yield swav(c, views.apply(s), 3000, SoloLearn.inFirst(c, 2), started);
      }
      case HTDT -> swav(c, views.apply(Htdt.setup(c).queue(0)), 100, never, always);
      // Fewer prototypes than the images of a batch, or a queue is needed.
      case QUICK -> swav(c, views.apply(Quick.setup(c).queue(0)), 30, never, always);
    };
  }

  private static Recipe swav(MethodContext c, Setup s, int count, Expr frozen, Expr started) {
    int width = Parts.width(s);
    // Rows of length one: the longer they are, the more slowly they turn.
    double deviation = 1 / Math.sqrt(width);
    Expr prototypes =
        c.scope()
            .drawn(
                "prototypes", Shape.of(count, width), seed -> Initializer.normal(deviation, seed));
    return s.of(
        new Swav(
            c.projector(s.projector()),
            prototypes,
            SwavLoss.temperature(0.1),
            Parts.queues(c, "swav queue", s),
            frozen,
            started));
  }

  /** ReSSL; solo-learn moves averages after the step. The last view is the weak one. */
  static Recipe reSsl(MethodContext c) {
    Views published = Augmentations.ressl(c.side());
    Augmentation weak = published.each().get(1);
    Setup s =
        switch (c.preset()) {
          case SOLO ->
              Setup.of(c.mlp(4096, 256), published, SoloLearn.sgd(c, 0.05, 1e-4))
                  .tau(SoloLearn.tau(c, 0.99, 1))
                  .queue(65536);
          case HTDT -> withSecond(weak, Htdt.setup(c));
          case QUICK -> withSecond(weak, Quick.setup(c));
        };
    Layer projector = c.projector(s.projector());
    return s.of(
        new ReSsl(
            projector,
            s.targetAfterStep(c, projector),
            Parts.queue(c, "ressl queue", s),
            ReSslLoss.temperatures(0.1, 0.04)));
  }

  private static Setup withSecond(Augmentation view, Setup s) {
    return s.views(new Views(s.views().first(), view));
  }

  /** SSL-HSIC of the exact kernel with BYOL's sizes; not published for CIFAR. */
  static Recipe sslHsic(MethodContext c) {
    return sslHsic(c, SslHsicLoss::exact);
  }

  /** SSL-HSIC of 512 random features, drawn anew in each step. */
  static Recipe sslHsicFeatures(MethodContext c) {
    int width = Parts.width(byolSetup(c));
    RandomKey draws = RandomKey.of(c.scope().seed(), c.step());
    RandomFeatures first = RandomFeatures.drawn(512, width, draws.foldIn("features 1"));
    RandomFeatures second = RandomFeatures.drawn(512, width, draws.foldIn("features 2"));
    return sslHsic(c, kernel -> SslHsicLoss.approximate(kernel, first, second));
  }

  private static Recipe sslHsic(MethodContext c, Function<InverseMultiquadric, SslHsicLoss> form) {
    Setup s = byolSetup(c);
    Layer projector = c.projector(s.projector());
    Expr scale = Expr.variable("kernel scale", Array.scalar(1));
    SslHsicLoss hsic = form.apply(InverseMultiquadric.scale(scale));
    return s.optimizer(
            s.optimizer().exceptFor("kernel scale", "kernel scale"::equals, Adam.rate(3e-4)))
        .of(
            new SslHsic(
                projector,
                c.predictor(s.predictor()),
                s.targetAfterStep(c, projector),
                hsic,
                scale));
  }
}
