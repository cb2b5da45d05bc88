package io.github.bilevel4j.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.eval.LinearProbe;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.layer.Activation;
import io.github.bilevel4j.layer.Conv;
import io.github.bilevel4j.layer.Dense;
import io.github.bilevel4j.layer.GlobalAveragePool;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.LayerSpec;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.layer.Sequential;
import io.github.bilevel4j.losses.classification.SoftmaxCrossEntropy;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.ssl.CosineMethod;
import io.github.bilevel4j.ssl.ImageBatch;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.MethodRecipe;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.PredictingMethod;
import io.github.bilevel4j.ssl.Recipe;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.SslMethod;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The laws of cutting, on pictures of stripes in three directions under noise. */
class GuillotineTest {
  private static final int SIDE = 6;
  private static final int WIDTH = 8;
  private static final ImageDataset DATA =
      new ImageDataset(pictures(300, 1), pictures(1500, 2), "stripes");

  private static LabeledImages pictures(int count, long seed) {
    Random random = new Random(seed);
    byte[][] all = new byte[count][SIDE * SIDE * 3];
    for (int i = 0; i < count; i++) {
      int phase = random.nextInt(4);
      for (int p = 0; p < all[i].length; p++) {
        int x = p / 3 % SIDE;
        int y = p / 3 / SIDE;
        int along = new int[] {x, y, x + y}[i % 3] + phase;
        double level = 128 + 30 * Math.signum(along % 4 - 1.5) + 45 * random.nextGaussian();
        all[i][p] = (byte) Math.max(0, Math.min(255, level));
      }
    }
    int[] labels = IntStream.range(0, count).map(i -> i % 3).toArray();
    return LabeledImages.of(SIDE, SIDE, 3, all, labels, List.of("|", "-", "/"));
  }

  private static Encoder encoder(Scope scope, int side) {
    return Encoder.of(
        Map.of(
            "pool",
            Sequential.empty()
                .then("conv", Conv.between(3, WIDTH).kernel(3).padding(1))
                .then("relu", Activation.RELU)
                .then("pool", scopeOfPool -> new GlobalAveragePool())
                .init(scope.child("pool"))));
  }

  /** A method whose loss does not matter. */
  private record Untrained(Layer projector, Layer predictor)
      implements CosineMethod, PredictingMethod {
    @Override
    public SslLoss loss(Network network, ImmutableList<Expr> views) {
      return SslLoss.of(network.embed(views.get(0), projector).mean());
    }
  }

  /** A method that is told the classes: the loss is that of a classifier. */
  private record Supervised(Layer projector) implements SslMethod {
    @Override
    public ViewBatch views(Views views, Augmentation last, ImageBatch images, RandomKey key) {
      Expr labels =
          Expr.constant(Array.fill(Shape.of(DATA.train().count()), i -> DATA.train().label(i)))
              .gather(images.indices());
      Expr view = last.apply(images.images(), key);
      return new ViewBatch(
          this,
          ImmutableList.of(view, view),
          network -> SslLoss.of(SoftmaxCrossEntropy.of(network.embed(view, projector), labels)));
    }

    @Override
    public SslLoss loss(Network network, ImmutableList<Expr> views) {
      throw new IllegalStateException();
    }
  }

  private interface Heads {
    SslMethod of(MethodContext context);
  }

  private static Experiment experiment(Engine engine, int epochs, Heads heads) {
    MethodRecipe method =
        new MethodRecipe() {
          @Override
          public String id() {
            return "test";
          }

          @Override
          public Recipe recipe(MethodContext context) {
            return new Recipe(heads.of(context), Views.alike(Augmentation.none()), Adam.rate(1e-2));
          }
        };
    return Experiment.of(
        ExperimentSettings.of(DATA, GuillotineTest::encoder, method).batch(20).epochs(epochs),
        engine);
  }

  private static Experiment untrained(Engine engine, LayerSpec projector, LayerSpec predictor) {
    return experiment(
        engine,
        1,
        context ->
            new Untrained(
                projector.init(context.scope().child("projector")),
                predictor.init(context.scope().child("predictor"))));
  }

  private static Engine engine() {
    return TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  private static LayerScores scores(Experiment experiment, String... layers) {
    Guillotine all = Guillotine.of(experiment, GuillotineTest::engine);
    all.requireUsable(DATA);
    all.requireTrainedHeads();
    return new LayerScores(all.only(List.of(layers)).measured("other", DATA));
  }

  @Test
  void aProjectorOfNoLayersIsThePool() {
    try (Engine engine = engine()) {
      Experiment experiment = untrained(engine, Sequential.empty(), Dense.between(WIDTH, 2));
      ImmutableList<LayerScore> scores =
          Guillotine.of(experiment, GuillotineTest::engine).only(List.of("pool")).measured();
      LayerScores both = new LayerScores(scores);
      assertThat(both.targets()).containsExactly("own", "shifted");
      for (String target : both.targets()) {
        LayerScore pool = both.at(target, "pool");
        LayerScore out = both.at(target, "projector/out");
        assertThat(out)
            .isEqualTo(
                new LayerScore(
                    target,
                    "projector/out",
                    pool.dimension(),
                    pool.rankMe(),
                    pool.weightDecay(),
                    pool.heldOut(),
                    pool.top1(),
                    pool.top5(),
                    pool.neighbors()));
        assertThat(both.best(target).layer()).isEqualTo("projector/out");
        assertThat(both.gain(target, "pool")).isZero();
      }
      assertThat(both.at("own", "pool").top1()).isGreaterThan(60);
      assertThat(both.at("shifted", "pool").neighbors())
          .isNotEqualTo(both.at("own", "pool").neighbors());
    }
  }

  private static Array identity() {
    return Array.fill(Shape.of(WIDTH, WIDTH), i -> i / WIDTH == i % WIDTH ? 1 : 0);
  }

  /** The accuracy of a probe on the features of the pool times a matrix. */
  private static double weaklyRegularized(Experiment experiment, Array matrix) {
    try (Engine engine = engine()) {
      return LinearProbe.newton()
          .fit(
              engine,
              times(experiment.extractor().features("pool", DATA.train()), matrix),
              times(experiment.extractor().features("pool", DATA.test()), matrix))
          .testAccuracy();
    }
  }

  private static Features times(Features features, Array matrix) {
    Array x = features.matrix();
    Array product =
        Array.fill(
            x.shape(),
            i ->
                IntStream.range(0, WIDTH)
                    .mapToDouble(
                        k -> x.at(i / WIDTH * WIDTH + k) * matrix.at(k * WIDTH + i % WIDTH))
                    .sum());
    return new Features(product, features.labels(), features.classes());
  }

  /** Rotated features: the same distances, hence the same neighbors. */
  @Test
  void anOrthogonalLayerChangesNothing() {
    try (Engine engine = engine()) {
      Experiment experiment =
          untrained(engine, Dense.between(WIDTH, WIDTH).bias(false), Sequential.empty());
      double[] v = new Random(3).doubles(WIDTH, -1, 1).toArray();
      double square = IntStream.range(0, WIDTH).mapToDouble(i -> v[i] * v[i]).sum();
      Array reflection =
          Array.fill(
              Shape.of(WIDTH, WIDTH),
              i -> {
                int row = i / WIDTH;
                int column = i % WIDTH;
                return (row == column ? 1 : 0) - 2 * v[row] * v[column] / square;
              });
      engine.write(
          experiment.recipe().method().projector().parameters(),
          Map.of("projector/weight", reflection));
      LayerScores scores = scores(experiment, "pool");
      LayerScore pool = scores.at("other", "pool");
      LayerScore out = scores.at("other", "projector/out");
      assertThat(out.neighbors()).isEqualTo(pool.neighbors());
      assertThat(out.rankMe()).isCloseTo(pool.rankMe(), within(1e-6));
      // The weight decay is chosen for each layer, by 30 pictures; a small one is the same to both.
      assertThat(weaklyRegularized(experiment, reflection))
          .isCloseTo(weaklyRegularized(experiment, identity()), within(0.3));
    }
  }

  @Test
  void layersAreThoseOfEncoderProjectorAndPredictor() {
    try (Engine engine = engine()) {
      Experiment experiment =
          untrained(
              engine,
              MlpHead.layers(WIDTH, 5, 4).hiddenNorm(MlpHead.Norm.AFFINE),
              MlpHead.layers(4, 3, 4));
      Guillotine all = Guillotine.of(experiment, GuillotineTest::engine);
      assertThat(all.layers())
          .containsExactly(
              "pool",
              "projector/1",
              "projector/out",
              "projector/out/unit",
              "predictor/1",
              "predictor/out",
              "predictor/out/unit");
      assertThat(all.only(List.of("predictor/1")).layers())
          .containsExactly("projector/out", "predictor/1");
      assertThatThrownBy(() -> all.only(List.of("projector/3")))
          .isInstanceOf(UsageError.class)
          .hasMessageContaining("there is no layer \"projector/3\"")
          .hasMessageContaining("projector/out/unit, predictor/1");
      assertThatThrownBy(all::requireTrainedHeads)
          .hasMessageContaining(
              "no training has moved the running statistics projector/1/running_");
    }
  }

  /** A unit of the projector that sees all: cutting it off helps. */
  @Test
  void whatAProjectorLosesIsGainedByCutting() {
    try (Engine engine = engine()) {
      LayerScores scores =
          scores(untrained(engine, Dense.between(WIDTH, 1), Sequential.empty()), "pool");
      assertThat(scores.best("other").layer()).isEqualTo("pool");
      assertThat(scores.gain("other", "pool")).isGreaterThan(10);
      assertThat(scores.removed("pool")).isOne();
    }
  }

  /** Where the pretext task is the target, the last layers are the best. */
  @Test
  void ofASupervisedNetworkTheBestLayerIsOneOfTheLast() {
    try (Engine engine = engine()) {
      Experiment experiment =
          experiment(
              engine,
              12,
              context ->
                  new Supervised(
                      MlpHead.layers(WIDTH, 12, 3).init(context.scope().child("projector"))));
      experiment.run(experiment.pretraining(), 12, Training.named("supervised"));
      LayerScores scores = scores(experiment, "pool", "projector/1");
      assertThat(scores.best("other").layer()).isIn("projector/1", "projector/out");
      assertThat(scores.at("other", "projector/out").top1()).isGreaterThan(80);
    }
  }
}
