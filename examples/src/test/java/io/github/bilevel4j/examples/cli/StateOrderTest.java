package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.examples.ssl.Byol;
import io.github.bilevel4j.examples.ssl.CorInfoMax;
import io.github.bilevel4j.examples.ssl.Mec;
import io.github.bilevel4j.examples.ssl.MoCoV2;
import io.github.bilevel4j.examples.ssl.MoCoV2Plus;
import io.github.bilevel4j.examples.ssl.ReSsl;
import io.github.bilevel4j.examples.ssl.RelicV2;
import io.github.bilevel4j.examples.ssl.Sdclr;
import io.github.bilevel4j.examples.ssl.SslHsic;
import io.github.bilevel4j.examples.ssl.Swav;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.losses.distillation.ByolLoss;
import io.github.bilevel4j.losses.redundancy.RunningMoments;
import io.github.bilevel4j.losses.state.Queue;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.PredictingMethod;
import io.github.bilevel4j.ssl.Preset;
import io.github.bilevel4j.ssl.Queues;
import io.github.bilevel4j.ssl.Recipe;
import io.github.bilevel4j.ssl.SslMethod;
import io.github.bilevel4j.ssl.TargetNetworkMethod;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What methods remember, and when: each step's losses and states beside those that follow by hand
 * from the variables before it.
 */
class StateOrderTest {
  private static final int BATCH = 8;
  private static final double TAU = 0.99;
  private static final Pass PASS = Pass.batchStatistics();

  /** A site with epochs of its own on the tiny encoder. */
  private static MethodContext site(Preset preset, int perEpoch, int epochs) {
    MethodContext tiny = BuiltInMethodTest.site(preset, BATCH);
    return new MethodContext(
        preset,
        tiny.encoder(),
        tiny.features(),
        tiny.scope(),
        tiny.side(),
        perEpoch * BATCH,
        BATCH,
        perEpoch,
        epochs,
        tiny.step());
  }

  private static Engine engine() {
    return TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  /** Each view's embedding by the projector, with parameters at some values. */
  private static ImmutableList<Expr> embedded(
      MethodContext site, SslMethod method, List<Expr> views, Vector values) {
    return views.stream()
        .map(view -> site.encoder().apply(values, view, PASS))
        .map(features -> method.projector().apply(values, features, PASS))
        .collect(ImmutableList.toImmutableList());
  }

  private static Variables trained(MethodContext site, SslMethod method) {
    return site.encoder().parameters().and(method.projector().parameters());
  }

  private static ImmutableList<Expr> embedded(
      MethodContext site, SslMethod method, List<Expr> views) {
    return embedded(site, method, views, trained(site, method).vector());
  }

  /** Projections of the trained network, its predictions if there are any, and the targets. */
  private record Seen(List<Expr> z, List<Expr> p, List<Expr> targets) {

    static Seen of(MethodContext site, TargetNetworkMethod method, List<Expr> views) {
      Vector average = method.emaParameters().vector().times(TAU);
      Vector moved = average.plus(trained(site, method).vector().times(1 - TAU));
      List<Expr> z = embedded(site, method, views);
      List<Expr> p =
          method instanceof PredictingMethod predicting
              ? z.stream().map(each -> predicting.predictor().apply(each, PASS)).toList()
              : z;
      return new Seen(z, p, embedded(site, method, views, moved));
    }

    /** With whatever the queues hold before the step. */
    Expr loss(SslMethod method) {
      if (method instanceof MoCoV2 moco) {
        return moco.infoNce().of(z.get(0), targets.get(1), moco.queue().contents());
      }
      if (method instanceof MoCoV2Plus moco) {
        return moco.infoNce().of(z, targets, moco.queues().contents());
      }
      if (method instanceof ReSsl ressl) {
        return ressl.reSsl().of(z.get(0), targets.get(1), ressl.queue().contents());
      }
      if (method instanceof Mec mec) {
        return mec.coding().of(p, targets);
      }
      if (method instanceof RelicV2 relic) {
        return relic.relic().of(p, targets);
      }
      if (method instanceof SslHsic hsic) {
        return hsic.hsic().of(p, targets);
      }
      assertThat(method).isInstanceOf(Byol.class);
      return ByolLoss.of(p, targets);
    }

    /** What is enqueued, by queue. */
    Map<Queue, Expr> keys(SslMethod method) {
      if (method instanceof MoCoV2 moco) {
        return Map.of(moco.queue(), targets.get(1));
      }
      if (method instanceof ReSsl ressl) {
        return Map.of(ressl.queue(), targets.get(1));
      }
      return method instanceof MoCoV2Plus moco ? byView(moco.queues(), targets) : Map.of();
    }
  }

  private static Map<Queue, Expr> byView(Queues queues, List<Expr> rows) {
    return Map.of(queues.each().get(0), rows.get(0), queues.each().get(1), rows.get(1));
  }

  private static Step byHand(Expr loss, Map<Queue, Expr> keys) {
    Step step = Step.named("by hand").output("loss", loss);
    for (Map.Entry<Queue, Expr> each : keys.entrySet()) {
      String name = each.getKey().contents().name();
      step = step.output(name, each.getValue().normalized(-1));
    }
    return step;
  }

  /** The rows of a batch stand in place of the oldest, all others as before. */
  private static void assertEnqueued(
      Queue queue, Array keys, Map<Expr, Array> before, Map<Expr, Array> after) {
    int rows = queue.contents().shape().dim(0);
    int width = queue.contents().shape().dim(1);
    int pointer = (int) before.get(queue.pointer()).scalarValue();
    double[] expected = before.get(queue.contents()).toDoubles();
    System.arraycopy(keys.toDoubles(), 0, expected, pointer * width, keys.size());
    assertThat(after.get(queue.contents()).toDoubles()).containsExactly(expected, within(1e-9));
    assertThat(after.get(queue.pointer()).scalarValue()).isEqualTo((pointer + BATCH) % rows);
  }

  private static List<Expr> variables(Map<Queue, Expr> keys) {
    return keys.keySet().stream()
        .flatMap(queue -> queue.variables().leaves().values().stream())
        .toList();
  }

  /**
   * The average starts at the weights and moves with those before the step, the loss uses it moved,
   * and the queue as it was before: queues of four batches, filled beyond their end.
   */
  @ParameterizedTest
  @EnumSource(names = {"MOCO_V2", "MOCO_V2_PLUS", "BYOL", "RESSL", "MEC", "RELIC_V2", "SSL_HSIC"})
  void targetsAndQueues(BuiltInMethod kind) {
    MethodContext site = site(Preset.QUICK, 16, 2);
    Recipe recipe = kind.recipe(site);
    TargetNetworkMethod method = (TargetNetworkMethod) recipe.method();
    Variables trained = trained(site, method);
    Seen seen = Seen.of(site, method, BuiltInMethodTest.views(site, recipe, 1).views());
    Map<Queue, Expr> keys = seen.keys(method);
    try (Engine engine = engine()) {
      Program byHand = engine.compile(byHand(seen.loss(method), keys));
      SingleLevelSolver pretraining = BuiltInMethodTest.pretraining(site, recipe, engine);
      assertThat(engine.read(method.emaParameters())).isEqualTo(engine.read(trained));
      for (int step = 0; step < 5; step++) {
        Map<Expr, Array> queued = engine.read(variables(keys));
        Map<String, Array> weights = engine.read(trained);
        Map<String, Array> averages = engine.read(method.emaParameters());
        Results expected = byHand.run();
        double loss = pretraining.step(Feed.none()).get("total");
        assertThat(loss).as("step %s", step).isCloseTo(expected.scalar("loss"), within(1e-8));
        assertMoved(averages, weights, engine.read(method.emaParameters()));
        Map<Expr, Array> after = engine.read(variables(keys));
        for (Queue queue : keys.keySet()) {
          assertEnqueued(queue, expected.get(queue.contents().name()), queued, after);
        }
      }
      assertThat(engine.read(method.emaParameters())).isNotEqualTo(engine.read(trained));
    }
  }

  private static void assertMoved(
      Map<String, Array> averages, Map<String, Array> weights, Map<String, Array> after) {
    averages.forEach(
        (name, average) ->
            assertThat(after.get(name).toDoubles())
                .as(name)
                .containsExactly(
                    mixed(average.toDoubles(), weights.get(name).toDoubles(), TAU), within(1e-12)));
  }

  private static double[] mixed(double[] some, double[] others, double share) {
    return IntStream.range(0, some.length)
        .mapToDouble(i -> share * some[i] + (1 - share) * others[i])
        .toArray();
  }

  /**
   * Of published settings: {@code tau_k = last - (last - first) (cos(pi k / K) + 1) / 2}, of the
   * step itself where the average moves before the forward pass, of the step before where it moves
   * after the optimizer.
   */
  @ParameterizedTest
  @CsvSource({
    "MOCO_V2, 0.99, 0.999, 0",
    "MOCO_V2_PLUS, 0.99, 0.999, 1",
    "BYOL, 0.99, 1, 1",
    "RESSL, 0.99, 1, 1",
    "MEC, 0.996, 1, 1",
    "RELIC_V2, 0.99, 1, 1",
    "SSL_HSIC, 0.99, 1, 1"
  })
  void taus(BuiltInMethod kind, double first, double last, int late) {
    MethodContext site = site(Preset.SOLO, 2, 4);
    Expr tau = ((TargetNetworkMethod) kind.recipe(site).method()).target().tau();
    try (Engine engine = engine()) {
      Step counting = Step.named("tau").output("tau", tau);
      Program program = engine.compile(counting.updating(BuiltInMethodTest.counted(site)));
      for (int step = 0; step < 8; step++) {
        double wave = Math.cos(Math.PI * Math.max(0, step - late) / 8);
        assertThat(program.run().scalar("tau"))
            .as("step %s", step)
            .isCloseTo(last - (last - first) * (wave + 1) / 2, within(1e-12));
      }
    }
  }

  /** The loss uses the moments with this batch; those before count a hundredth. */
  @Test
  void momentsOfCorInfoMax() {
    MethodContext site = site(Preset.QUICK, 16, 2);
    Recipe recipe = BuiltInMethod.CORINFOMAX.recipe(site);
    CorInfoMax method = (CorInfoMax) recipe.method();
    List<Expr> z = embedded(site, method, BuiltInMethodTest.views(site, recipe, 1).views());
    try (Engine engine = engine()) {
      Program byHand =
          engine.compile(
              Step.named("by hand")
                  .output("0", z.get(0).normalized(-1))
                  .output("1", z.get(1).normalized(-1)));
      Program volumes =
          engine.compile(
              Step.named("volumes")
                  .output("0", volume(method.first()))
                  .output("1", volume(method.second())));
      SingleLevelSolver pretraining = BuiltInMethodTest.pretraining(site, recipe, engine);
      for (int step = 0; step < 3; step++) {
        Map<String, Array> before = engine.read(method.buffers());
        Results rows = byHand.run();
        double constraint = pretraining.step(Feed.none()).get("constraint");
        Map<String, Array> after = engine.read(method.buffers());
        assertMoments(method.first(), rows.get("0"), before, after);
        assertMoments(method.second(), rows.get("1"), before, after);
        Results logs = volumes.run();
        assertThat(constraint)
            .isCloseTo(
                -(logs.scalar("0") + logs.scalar("1")) / z.get(0).shape().dim(1), within(1e-8));
      }
    }
  }

  private static Expr volume(RunningMoments moments) {
    return moments.covariance().plusDiagonal(1e-4).logDeterminant();
  }

  private static void assertMoments(
      RunningMoments moments, Array z, Map<String, Array> before, Map<String, Array> after) {
    int n = z.shape().dim(0);
    int d = z.shape().dim(1);
    String name = moments.mean().name();
    double[] ofBatch = new double[d];
    for (int i = 0; i < n * d; i++) {
      ofBatch[i % d] += z.at(i) / n;
    }
    double[] mean = mixed(before.get(name).toDoubles(), ofBatch, 0.01);
    assertThat(after.get(name).toDoubles()).containsExactly(mean, within(1e-12));

    double[] covariance = new double[d * d];
    for (int row = 0; row < n; row++) {
      for (int i = 0; i < d * d; i++) {
        double x = z.get(row, i / d) - mean[i / d];
        covariance[i] += x * (z.get(row, i % d) - mean[i % d]) / n;
      }
    }
    name = moments.covariance().name();
    assertThat(after.get(name).toDoubles())
        .containsExactly(mixed(before.get(name).toDoubles(), covariance, 0.01), within(1e-12));
  }

  /**
   * Of published settings, but with few prototypes and rows: prototypes stand still in the first
   * two epochs, here up to step 3; queues take part after 50, from step 100 on.
   */
  @Test
  void prototypesAndQueuesOfSwav() {
    MethodContext site = site(Preset.SOLO, 2, 60);
    Recipe published = BuiltInMethod.SWAV.recipe(site);
    Swav method = few((Swav) published.method());
    Recipe recipe = new Recipe(method, published.views(), published.optimizer());
    List<Expr> z = embedded(site, method, BuiltInMethodTest.views(site, recipe, 1).views());
    Map<Queue, Expr> keys = byView(method.queues(), z);
    Expr c = method.prototypes();
    try (Engine engine = engine()) {
      Step byHand = byHand(method.swav().of(z, c), keys);
      Program expected =
          engine.compile(
              byHand.output("queued", method.swav().of(z, c, method.queues().contents())));
      SingleLevelSolver pretraining = BuiltInMethodTest.pretraining(site, recipe, engine);
      for (int step : new int[] {0, 3, 4, 99, 100, 101}) {
        engine.write(site.step(), Array.scalar(step));
        Array prototypes = engine.read(c);
        Map<Expr, Array> queued = engine.read(variables(keys));
        Results results = expected.run();
        double loss = pretraining.step(Feed.none()).get("total");
        assertThat(engine.read(c).equals(prototypes)).as("step %s", step).isEqualTo(step < 4);
        assertThat(Math.abs(results.scalar("queued") - results.scalar("loss"))).isGreaterThan(1e-4);
        assertThat(loss)
            .as("step %s", step)
            .isCloseTo(results.scalar(step < 100 ? "loss" : "queued"), within(1e-8));
        Map<Expr, Array> after = engine.read(variables(keys));
        for (Queue queue : keys.keySet()) {
          assertEnqueued(queue, results.get(queue.contents().name()), queued, after);
        }
      }
    }
  }

  private static Swav few(Swav method) {
    int width = method.prototypes().shape().dim(1);
    return new Swav(
        method.projector(),
        Expr.variable("prototypes", Shape.of(10, width), Initializer.normal(1, 1)),
        method.swav(),
        new Queues(
            ImmutableList.of(
                Queue.named("queue 1", 3 * BATCH, width, 1),
                Queue.named("queue 2", 3 * BATCH, width, 2))),
        method.frozen(),
        method.started());
  }

  /** Epochs of four batches: masks of the steps 0 and 4, used from these steps on. */
  @Test
  void masksOfSdclr() {
    MethodContext site = site(Preset.QUICK, 4, 4);
    Recipe recipe = BuiltInMethod.SDCLR.recipe(site);
    Sdclr method = (Sdclr) recipe.method();
    List<Expr> views = BuiltInMethodTest.views(site, recipe, 1).views();
    Variables used = method.masks().copy("by hand");
    Variables filters = site.encoder().parameters().where(used.names()::contains);
    Map<String, Expr> masked = new LinkedHashMap<>(trained(site, method).leaves());
    masked.putAll(filters.vector().zip(used.vector(), Expr::times).components());
    masked.putAll(method.norms().leaves());
    Expr z1 = embedded(site, method, views).get(0);
    Expr z2 = embedded(site, method, views, Vector.of(masked)).get(1);
    try (Engine engine = engine()) {
      Program byHand = engine.compile(byHand(method.ntXent().of(z1, z2), Map.of()));
      SingleLevelSolver pretraining = BuiltInMethodTest.pretraining(site, recipe, engine);
      Map<String, Array> masks = Map.of();
      for (int step = 0; step < 6; step++) {
        ImmutableMap<String, Array> ofWeights = largestTenth(engine.read(filters));
        if (step == 3) {
          assertThat(ofWeights).as("masks of other weights").isNotEqualTo(masks);
        }
        masks = step % 4 == 0 ? ofWeights : masks;
        engine.write(used, masks);
        if (step % 4 == 0) {
          BuiltInMethodTest.beginEpoch(recipe, engine);
        }
        double expected = byHand.run().scalar("loss");
        assertThat(pretraining.step(Feed.none()).get("total"))
            .as("step %s", step)
            .isCloseTo(expected, within(1e-8));
        assertThat(engine.read(method.masks())).as("step %s", step).isEqualTo(masks);
      }
    }
  }

  /** 1 where |w| is at least element ceil(0.9 N) of all N in ascending order, from zero. */
  private static ImmutableMap<String, Array> largestTenth(Map<String, Array> filters) {
    double[] magnitudes =
        filters.values().stream()
            .flatMapToDouble(w -> Arrays.stream(w.toDoubles()))
            .map(Math::abs)
            .sorted()
            .toArray();
    double threshold = magnitudes[(int) Math.ceil(0.9 * magnitudes.length)];
    ImmutableMap.Builder<String, Array> masks = ImmutableMap.builder();
    filters.forEach(
        (name, w) ->
            masks.put(name, Array.fill(w.shape(), i -> Math.abs(w.at(i)) >= threshold ? 1 : 0)));
    return masks.buildOrThrow();
  }
}
