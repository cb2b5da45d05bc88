package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.examples.ssl.SimSiam;
import io.github.bilevel4j.examples.ssl.SslHsic;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.Preset;
import io.github.bilevel4j.ssl.Recipe;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecipesTest {
  private static final int BATCH = 6;

  /** The first step of Adam is as long as its rate, whatever the gradient. */
  @ParameterizedTest
  @EnumSource(Preset.class)
  void theKernelScaleOfSslHsicHasARateOfItsOwn(Preset preset) {
    MethodContext site = BuiltInMethodTest.site(preset, BATCH);
    Recipe recipe = BuiltInMethod.SSL_HSIC.recipe(site);
    Variables scale = Variables.of(((SslHsic) recipe.method()).scale());
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      SingleLevelSolver pretraining = BuiltInMethodTest.pretraining(site, recipe, engine);
      Map<String, Double> measured = pretraining.step(Feed.none());
      assertThat(measured.get("constraint")).isPositive();
      assertThat(Math.abs(engine.read(scale).get("kernel scale").scalarValue() - 1))
          .isCloseTo(3e-4, within(1e-8));
    }
  }

  /** From the end of the warm-up, after half the run, to the last step. */
  @Test
  void thePredictorOfSimSiamKeepsItsRate() {
    MethodContext site = BuiltInMethodTest.site(Preset.SOLO, BATCH);
    Recipe recipe = BuiltInMethod.SIMSIAM.recipe(site);
    SimSiam method = (SimSiam) recipe.method();
    Variables all = site.encoder().parameters().and(method.parameters());
    Set<String> constant = method.predictor().parameters().names();
    assertThat(all.names()).containsAll(constant).hasSizeGreaterThan(constant.size());
    double rate = 0.5 * BATCH / 256;
    Map<String, Double> highest = rates(recipe.optimizer(), all.names(), 4);
    Map<String, Double> last = rates(recipe.optimizer(), all.names(), 7);
    double fallen = rate * (1 + Math.cos(0.75 * Math.PI)) / 2;
    for (String name : all.names()) {
      assertThat(highest.get(name)).as(name).isCloseTo(rate, within(1e-12));
      assertThat(last.get(name))
          .as(name)
          .isCloseTo(constant.contains(name) ? rate : fallen, within(1e-12));
    }
  }

  /** How far an optimizer moves from zero along slopes of one after so many steps. */
  static Map<String, Double> rates(Optimizer optimizer, Set<String> names, int steps) {
    Vector zero = Vector.of(Maps.toMap(names, name -> Expr.constant(0)));
    Optimizer.State start = optimizer.start(zero);
    Vector moved =
        optimizer
            .next(
                new Optimizer.State(zero, start.slots(), Expr.constant(steps)),
                zero.map(each -> Expr.constant(-1)))
            .parameters();
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Results results = engine.compile(Step.named("move").outputs(moved.components())).run();
      return Maps.toMap(names, results::scalar);
    }
  }

  /** Two as large as the image, then four of 5/8 of its side. */
  @ParameterizedTest
  @EnumSource(names = {"SWAV_MULTICROP", "RELIC_V2_MULTICROP"})
  void smallViews(BuiltInMethod kind) {
    for (Preset preset : Preset.values()) {
      MethodContext site = BuiltInMethodTest.site(preset, BATCH);
      assertThat(
              BuiltInMethodTest.views(site, kind.recipe(site), 1).views().stream()
                  .map(v -> v.shape().dim(1)))
          .containsExactly(8, 8, 5, 5, 5, 5);
    }
  }

  @Test
  void variantsFollowTheirOriginals() {
    assertThat(BuiltInMethod.values()).filteredOn(BuiltInMethod::isVariant).hasSize(4);
    List<String> names = Stream.of(BuiltInMethod.values()).map(BuiltInMethod::id).toList();
    assertThat(names)
        .containsSubsequence("swav", "swav-multicrop")
        .containsSubsequence("relic-v2", "relic-v2-multicrop")
        .containsSubsequence("ssl-hsic", "ssl-hsic-features")
        .containsSubsequence("mec", "mec-exact");
    assertThat(BuiltInMethod.MEC_EXACT.description())
        .isEqualTo("variant of mec: the determinant itself in place of its series");
    assertThat(BuiltInMethod.originals()).noneMatch(BuiltInMethod::isVariant).hasSize(19);
  }
}
