package io.github.bilevel4j.examples.ssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.layer.Conv;
import io.github.bilevel4j.layer.GlobalAveragePool;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.losses.ViewPair;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.ssl.ImageBatch;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.Preset;
import io.github.bilevel4j.ssl.Pretraining;
import io.github.bilevel4j.ssl.Recipe;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BclITest {
  private static final int IMAGES = 12;
  private static final int BATCH = 6;
  private static final int SIDE = 8;

  private final Scope scope = Scope.seed(1);
  private final Encoder encoder =
      Encoder.of(
          ImmutableMap.of(
              "stem",
              Conv.between(3, 4).kernel(3).stride(2).padding(1).init(scope.child("stem")),
              "pool",
              new GlobalAveragePool()));
  private final Expr step = Expr.variable("step", Array.scalar(0));
  private final MethodContext site =
      new MethodContext(Preset.QUICK, encoder, 4, scope, SIDE, IMAGES, BATCH, 2, 4, step);
  private final Recipe recipe = BuiltInMethod.BCL_I.recipe(site);
  private final BclI method = (BclI) recipe.method();

  private static ImageBatch inputs(int n) {
    return new ImageBatch(Expr.input("images", n, SIDE, SIDE, 3), Expr.input("indices", n));
  }

  private static Feed feed(ImageBatch batch, int... positions) {
    Random random = new Random(Arrays.hashCode(positions));
    return Feed.of(batch.images(), Array.fill(batch.images().shape(), i -> random.nextDouble()))
        .and(batch.indices(), Array.fill(Shape.of(positions.length), i -> positions[i]));
  }

  private static double[] read(Engine engine, Expr variable) {
    return engine.read(variable).toDoubles();
  }

  @Test
  void remembersTheLossOfEachImageAndWeighsThemAfterTheEpoch() {
    ImageBatch batch = inputs(BATCH);
    Feed odd = feed(batch, 1, 3, 5, 7, 9, 11);
    Feed even = feed(batch, 10, 8, 6, 4, 2, 0);
    ViewBatch views = recipe.views(batch, RandomKey.of(1, step));
    ViewPair z =
        Network.of(encoder, Pass.batchStatistics()).embedPair(views.views(), method.projector());
    Expr losses = NtXent.temperature(0.2).ofImages(z.first(), z.second());
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      SingleLevelSolver solver =
          SingleLevelSolver.of(
              Pretraining.problem(encoder, views, recipe.optimizer())
                  .updating(List.of(new Update(step, step.plus(1)))),
              engine);
      Step looking = Step.named("losses").output("losses", losses);
      Program epoch = engine.compile(Step.named("epoch").updating(method.onEpoch()));
      epoch.run();

      double[] ofOdd = engine.compile(looking).run(odd).get("losses").toDoubles();
      double total = solver.step(odd).get("total");
      assertThat(DoubleStream.of(ofOdd).average().orElseThrow()).isCloseTo(total, within(1e-12));
      double[] remembered = read(engine, method.hardness().losses());
      for (int i = 0; i < BATCH; i++) {
        assertThat(remembered[2 * i + 1]).isCloseTo(ofOdd[i], within(1e-12));
        assertThat(remembered[2 * i]).isZero();
      }
      assertThat(read(engine, method.hardness().weights())).containsOnly(0);

      double[] ofEven = engine.compile(looking).run(even).get("losses").toDoubles();
      solver.step(even);
      double[] all = read(engine, method.hardness().losses());
      for (int i = 0; i < BATCH; i++) {
        assertThat(all[10 - 2 * i]).isCloseTo(ofEven[i], within(1e-12));
      }
      epoch.run();
      double mean = DoubleStream.of(all).average().orElseThrow();
      double largest = DoubleStream.of(all).map(m -> Math.abs(m - mean)).max().orElseThrow();
      double[] weights = DoubleStream.of(all).map(m -> (1 + (m - mean) / largest) / 2).toArray();
      assertThat(read(engine, method.hardness().weights())).containsExactly(weights, within(1e-12));

      double[] again = engine.compile(looking).run(odd).get("losses").toDoubles();
      solver.step(odd);
      double[] moved = read(engine, method.hardness().losses());
      for (int i = 0; i < BATCH; i++) {
        assertThat(moved[2 * i + 1]).isCloseTo(0.97 * ofOdd[i] + 0.03 * again[i], within(1e-12));
      }
      assertThat(read(engine, method.hardness().weights())).containsExactly(weights, within(1e-12));
    }
  }

  @Test
  void weightsDriveTheAugmentation() {
    ImageBatch batch = inputs(IMAGES);
    int[] positions = IntStream.range(0, IMAGES).map(i -> IMAGES - 1 - i).toArray();
    Feed feed = feed(batch, positions);
    RandomKey randomness = RandomKey.fixed(3);
    // The same draws, since each link of a chain has a stream of its own.
    List<Expr> plain =
        recipe
            .views()
            .then(Augmentation.none())
            .then(Augmentation.none())
            .of(batch.images(), randomness);
    ImmutableList<Expr> seen = recipe.views(batch, randomness).views();
    Expr[] changed = new Expr[2];
    for (int view = 0; view < 2; view++) {
      changed[view] = seen.get(view).minus(plain.get(view)).abs().max(1, 2, 3);
    }
    Step looking = Step.named("views").output("first", changed[0]).output("second", changed[1]);
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Results before = engine.compile(looking).run(feed);
      assertThat(before.get("first").toDoubles()).containsOnly(0);
      assertThat(before.get("second").toDoubles()).containsOnly(0);

      Array weights = Array.fill(Shape.of(IMAGES), i -> i < IMAGES / 2 ? 0 : 1);
      engine.write(method.hardness().weights(), weights);
      Results after = engine.compile(looking).run(feed);
      for (String view : List.of("first", "second")) {
        double[] difference = after.get(view).toDoubles();
        // The first half are the images of weight one; an operation may leave an image as it is.
        assertThat(Arrays.stream(difference, 0, IMAGES / 2).filter(d -> d > 0).count())
            .isGreaterThanOrEqualTo(4);
        assertThat(Arrays.stream(difference, IMAGES / 2, IMAGES)).containsOnly(0.0);
      }
      assertThat(after.get("first")).isNotEqualTo(after.get("second"));
    }
  }

  @Test
  void theMemoryIsKept() {
    assertThat(method.buffers().names())
        .containsExactlyInAnyOrder("bcl-i/losses", "bcl-i/visited", "bcl-i/weights");
    assertThat(method.variables().names()).containsAll(method.buffers().names());
  }
}
