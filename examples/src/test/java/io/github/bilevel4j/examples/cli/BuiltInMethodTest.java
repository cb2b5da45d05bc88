package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.examples.umm.Umm;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Activation;
import io.github.bilevel4j.layer.BatchNorm;
import io.github.bilevel4j.layer.Conv;
import io.github.bilevel4j.layer.GlobalAveragePool;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.layer.Sequential;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.ssl.ImageBatch;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.Preset;
import io.github.bilevel4j.ssl.Pretraining;
import io.github.bilevel4j.ssl.Recipe;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every method on a tiny encoder: what a step reports, and what it changes. */
class BuiltInMethodTest {
  private static final int BATCH = 6;
  private static final int SIDE = 8;
  private static final int FEATURES = 6;

  private static Encoder encoder(Scope scope) {
    Map<String, Layer> stages = new LinkedHashMap<>();
    stages.put("stem", stage(3, 4).init(scope.child("stem")));
    stages.put("layer1", stage(4, FEATURES).init(scope.child("layer1")));
    stages.put("pool", new GlobalAveragePool());
    return Encoder.of(stages);
  }

  private static Sequential stage(int inputs, int outputs) {
    return Sequential.empty()
        .then("conv", Conv.between(inputs, outputs).kernel(3).stride(2).padding(1).bias(false))
        .then("bn", BatchNorm.over(outputs))
        .then("relu", Activation.RELU);
  }

  static MethodContext site(Preset preset, int batch) {
    Scope scope = Scope.seed(1);
    Expr step = Experiment.counter("step");
    return new MethodContext(
        preset, encoder(scope), FEATURES, scope, SIDE, 2 * batch, batch, 2, 4, step);
  }

  static ViewBatch views(MethodContext site, Recipe recipe, int seed) {
    Random random = new Random(seed);
    Shape shape = Shape.of(site.batch(), SIDE, SIDE, 3);
    Expr images = Expr.constant(Array.fill(shape, i -> random.nextDouble()));
    ImageBatch batch = new ImageBatch(images, Expr.range(site.batch()));
    return recipe.views(batch, RandomKey.of(seed, site.step()));
  }

  static List<Update> counted(MethodContext site) {
    return List.of(new Update(site.step(), site.step().plus(1)));
  }

  static SingleLevelSolver pretraining(MethodContext site, Recipe recipe, Engine engine) {
    return SingleLevelSolver.of(
        Pretraining.problem(site.encoder(), views(site, recipe, 1), recipe.optimizer())
            .updating(counted(site)),
        engine);
  }

  private static BilevelSolver umm(MethodContext site, Recipe recipe, Engine engine) {
    return BilevelSolver.of(
        Umm.problem(
                site.encoder(),
                views(site, recipe, 2),
                views(site, recipe, 3),
                UmmSettings.after("stem"))
            .updating(counted(site)),
        engine);
  }

  static void beginEpoch(Recipe recipe, Engine engine) {
    engine.compile(Step.named("epoch").updating(recipe.method().onEpoch())).run();
  }

  static void assertFinite(Map<String, Double> measurements) {
    assertThat(measurements.values()).allMatch(Double::isFinite, "finite: " + measurements);
  }

  /** The names of the variables that a step did not change. */
  private static Iterable<String> unchanged(
      ImmutableMap<String, Array> before, ImmutableMap<String, Array> after) {
    return Maps.difference(before, after).entriesInCommon().keySet();
  }

  @ParameterizedTest
  @EnumSource(BuiltInMethod.class)
  void pretrainsAndIsRepairedByUmm(BuiltInMethod kind) {
    MethodContext site = site(Preset.QUICK, BATCH);
    Recipe recipe = kind.recipe(site);
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
      SingleLevelSolver pretraining = pretraining(site, recipe, engine);
      ImmutableMap<String, Array> first = engine.read(recipe.method().variables());
      beginEpoch(recipe, engine);
      assertFinite(pretraining.step(Feed.none()));
      beginEpoch(recipe, engine);
      Map<String, Double> measured = pretraining.step(Feed.none());
      assertFinite(measured);
      assertThat(measured).containsKey("alignment");
      assertThat(measured.get("alignment") + measured.getOrDefault("constraint", 0.0))
          .isCloseTo(measured.get("total"), within(1e-3));
      assertFinite(pretraining.step(Feed.none()));
      assertThat(unchanged(first, engine.read(recipe.method().variables())))
          .allMatch(name -> name.endsWith("/pointer"), "pointers, of queues of one batch");

      beginEpoch(recipe, engine);
      BilevelSolver umm = umm(site, recipe, engine);
      ImmutableMap<String, Array> trained = engine.read(recipe.method().parameters());
      Variables remembered = recipe.method().state();
      ImmutableMap<String, Array> before = engine.read(remembered);
      ImmutableMap<String, Array> theta = engine.read(site.encoder().last("stem").parameters());
      Map<String, Double> repaired = umm.step(Feed.none());
      assertFinite(repaired);
      assertThat(repaired)
          .containsKeys("inner/alignment", "inner/memorization", "outer/coding rate reduction");
      assertThat(engine.read(recipe.method().parameters())).isEqualTo(trained);
      assertThat(unchanged(theta, engine.read(site.encoder().last("stem").parameters()))).isEmpty();
      assertThat(engine.read(remembered).equals(before)).isEqualTo(remembered.isEmpty());
    }
  }

  /** What a method tells its loss besides the views is told to the adapted one, too. */
  @ParameterizedTest
  @EnumSource(BuiltInMethod.class)
  void regularizedMethodsKeepTheirLoss(BuiltInMethod kind) {
    MethodContext site = site(Preset.QUICK, BATCH);
    Recipe recipe = kind.recipe(site);
    Recipe more =
        new Recipe(
            recipe.method().plus("size", 0.1, (network, x) -> network.features(x.get(0)).sum()),
            recipe.views(),
            recipe.optimizer());
    SslLoss own = views(site, recipe, 1).loss(Network.of(site.encoder(), Pass.training()));
    Network network = Network.of(site.encoder(), Pass.training());
    ViewBatch views = views(site, more, 1);
    SslLoss loss = views.loss(network);
    assertThat(loss.updates()).isEqualTo(own.updates());
    assertThat(loss.objective().values())
        .containsAllEntriesOf(own.objective().values())
        .containsEntry("size", network.features(views.views().get(0)).sum());
    assertThat(more.method().onEpoch()).isEqualTo(recipe.method().onEpoch());
    assertThat(more.method().variables()).isEqualTo(recipe.method().variables());
  }

  /** Those that have the most in their published settings: groups of rates, queues, masks. */
  @ParameterizedTest
  @EnumSource(names = {"SIMSIAM", "SWAV", "CORINFOMAX"})
  void publishedSettingsTrain(BuiltInMethod kind) {
    MethodContext site = site(Preset.SOLO, 128);
    Recipe recipe = kind.recipe(site);
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
      SingleLevelSolver pretraining = pretraining(site, recipe, engine);
      assertFinite(pretraining.step(Feed.none()));
    }
  }

  @ParameterizedTest
  @EnumSource(BuiltInMethod.class)
  void publishedSettingsFitTogether(BuiltInMethod kind) {
    for (Preset preset : new Preset[] {Preset.SOLO, Preset.HTDT}) {
      MethodContext site = site(preset, 256);
      Recipe recipe = kind.recipe(site);
      assertThat(
              Pretraining.problem(site.encoder(), views(site, recipe, 1), recipe.optimizer())
                  .toString())
          .contains(preset == Preset.HTDT ? "Adam" : "weight decay");
    }
  }
}
