package io.github.bilevel4j.examples.ssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.augment.Augmentations;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.data.ProceduralImages;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.encoder.SmallConvNet;
import io.github.bilevel4j.examples.umm.Umm;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.head.MlpHead.Norm;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.losses.ViewPair;
import io.github.bilevel4j.losses.distillation.ByolLoss;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.PredictingMethod;
import io.github.bilevel4j.ssl.Pretraining;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.SslMethod;
import io.github.bilevel4j.ssl.TargetNetwork;
import io.github.bilevel4j.ssl.TargetNetworkMethod;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The README's page on writing a method: its code, step by step, and what it says of it. */
class TutorialTest {

  /** 2 - 2 cos of predictions and targets, rows of both [n, d]; the targets are constants. */
  static Expr distance(Expr p, Expr z) {
    return p.normalized(-1).times(z.detached().normalized(-1)).sum(-1).mean().times(-2).plus(2);
  }

  /** BYOL: what one view predicts, a slow copy of the network should say of the other. */
  record MyByol(Layer projector, Layer predictor, TargetNetwork target)
      implements PredictingMethod, TargetNetworkMethod {

    @Override
    public SslLoss loss(Network online, ImmutableList<Expr> views) {
      ViewPair p = online.embedPair(views, heads());
      ViewPair z = target.of(online).embedPair(views, projector);
      Expr alignment = distance(p.first(), z.second()).plus(distance(p.second(), z.first()));
      return SslLoss.of(alignment).updating(target.updates());
    }
  }

  /** The regularizer of ten lines. */
  private static final class Uniformity {
    /** log 1/n^2 sum_ij exp(-t |z_i - z_j|^2), how far samples are from even; z [n, d]. */
    static Expr of(Expr z, double t) {
      Expr squares = z.squared().sumKeeping(1);
      Expr distances = squares.plus(squares.transposed()).minus(z.rowGram().times(2));
      return distances.times(-t).logSumExp().minus(2 * Math.log(z.shape().dim(0)));
    }
  }

  private static Array drawn(Random random, int... shape) {
    return Array.fill(Shape.of(shape), i -> random.nextGaussian());
  }

  @Test
  void ownLossIsTheLibrarys() {
    Random random = new Random(1);
    List<Expr> p = List.of(constant(random), constant(random));
    List<Expr> z = List.of(constant(random), constant(random));
    Expr own = distance(p.get(0), z.get(1)).plus(distance(p.get(1), z.get(0)));
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Step both = Step.named("both").output("difference", own.minus(ByolLoss.of(p, z)));
      double difference = engine.compile(both).run().scalar("difference");
      assertThat(difference).isCloseTo(0, within(1e-14));
    }
  }

  private static Expr constant(Random random) {
    return Expr.constant(drawn(random, 5, 3));
  }

  @Test
  void methodFromTheBeginning() {
    Scope scope = Scope.seed(1);
    Encoder encoder = SmallConvNet.init(scope);
    Layer projector =
        MlpHead.layers(128, 256, 64).hiddenNorm(Norm.AFFINE).init(scope.child("projector"));
    Layer predictor =
        MlpHead.layers(64, 128, 64).hiddenNorm(Norm.AFFINE).init(scope.child("predictor"));
    Expr step = Expr.variable("step", Array.scalar(0));
    TargetNetwork target =
        TargetNetwork.afterStep(Schedule.cosine(0.99, 1, 1000), step, encoder, projector);
    SslMethod byol = new MyByol(projector, predictor, target);

    Expr images = Expr.input("images", 64, 32, 32, 3);
    Views augmentations = Augmentations.asymmetric(32);
    SslMethod spread =
        byol.plus(
            "uniformity",
            0.1,
            (network, x) -> Uniformity.of(network.features(x.get(0)).normalized(-1), 2));
    ViewBatch views = ViewBatch.of(spread, augmentations.of(images, RandomKey.of(1, step)));
    SingleLevelProblem problem =
        Pretraining.problem(encoder, views, Adam.rate(1e-3))
            .updating(List.of(new Update(step, step.plus(1))));

    LabeledImages pictures = ProceduralImages.shapes(64, 1, 1).train();
    int[] first = IntStream.range(0, 64).toArray();
    Array batch = Array.wrap(Shape.of(64, 32, 32, 3), pictures.pixels(first));
    try (Engine engine = TensorFlowEngine.open(Device.auto(), Precision.FLOAT32)) {
      SingleLevelSolver solver = SingleLevelSolver.of(problem, engine);
      for (int i = 0; i < 3; i++) {
        Map<String, Double> measured = solver.step(Feed.of(images, batch));
        System.out.println(measured);
        assertThat(measured).containsOnlyKeys("alignment", "uniformity", "total");
        assertThat(measured.get("alignment") + 0.1 * measured.get("uniformity"))
            .isCloseTo(measured.get("total"), within(1e-5));
      }
      ViewBatch others = ViewBatch.of(spread, augmentations.of(images, RandomKey.of(2, step)));
      BilevelProblem umm = Umm.problem(encoder, views, others, UmmSettings.after("layer1"));
      Map<String, Double> trained = BilevelSolver.of(umm, engine).step(Feed.of(images, batch));
      System.out.println(trained);
      assertThat(trained).containsKeys("inner/uniformity", "outer/uniformity");
      assertThat(trained.values()).allMatch(Double::isFinite);
    }
  }
}
