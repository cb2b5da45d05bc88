package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.examples.umm.FeatureDensity;
import io.github.bilevel4j.examples.umm.SingleLevelUmm;
import io.github.bilevel4j.examples.umm.Umm;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.experiment.Alternating;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.solver.Solver;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.Preset;
import io.github.bilevel4j.ssl.Recipe;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Ablations of UMM and what it is compared with, on a tiny encoder. */
class UmmVariantsTest {
  private static final int BATCH = 6;
  private static final UmmSettings SETTINGS = UmmSettings.after("stem").rate(0.005);

  private final MethodContext site = BuiltInMethodTest.site(Preset.QUICK, BATCH);

  private BilevelProblem umm(Recipe recipe, UmmSettings settings) {
    return Umm.problem(
            site.encoder(),
            BuiltInMethodTest.views(site, recipe, 2),
            BuiltInMethodTest.views(site, recipe, 3),
            settings)
        .updating(BuiltInMethodTest.counted(site));
  }

  private SingleLevelProblem singleLevel(Recipe recipe, UmmSettings settings) {
    return SingleLevelUmm.problem(
            site.encoder(), BuiltInMethodTest.views(site, recipe, 3), settings)
        .updating(BuiltInMethodTest.counted(site));
  }

  private static Engine engine() {
    return TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32);
  }

  /** Small views are smaller: their early features cannot be joined with the others'. */
  @ParameterizedTest
  @EnumSource(names = {"SWAV_MULTICROP", "RELIC_V2_MULTICROP"})
  void smallViewsHaveADensityByJacobians(BuiltInMethod kind) {
    Recipe recipe = kind.recipe(site);
    RandomKey draws = RandomKey.fixed(1);
    for (FeatureDensity density :
        List.of(FeatureDensity.jacobian(), FeatureDensity.projected(2, draws))) {
      try (Engine engine = engine()) {
        BilevelProblem problem = umm(recipe, SETTINGS.density(density));
        BuiltInMethodTest.assertFinite(BilevelSolver.of(problem, engine).step(Feed.none()));
      }
    }
  }

  @Test
  void termsOfWeightZeroAreNotThere() {
    Recipe recipe = BuiltInMethod.SIMCLR.recipe(site);
    String whole =
        """
        umm: bi-level problem
          outer over     3 variables, 228 parameters
          objective      + alignment
                         + constraint
                         - 0.01 coding rate reduction
          stepped by     Adam, rate 3.0E-4
          inner over     3 variables, 228 parameters
          objective      + alignment
                         + constraint
                         + memorization
                         + 100.0 near
          solved by      1 x SGD, rate 0.005
          starting       at a given point
          hypergradient  exact, unrolled through the inner steps
        """;
    String noReduction = whole.replace("                 - 0.01 coding rate reduction\n", "");
    String noMemorization = whole.replace("                 + memorization\n", "");
    String neither = noReduction.replace("                 + memorization\n", "");
    assertThat(umm(recipe, SETTINGS)).hasToString(whole);
    assertThat(umm(recipe, SETTINGS.alpha(0))).hasToString(noReduction);
    assertThat(umm(recipe, SETTINGS.beta(0))).hasToString(noMemorization);
    assertThat(umm(recipe, SETTINGS.alpha(0).beta(0))).hasToString(neither);
  }

  @Test
  void singleLevelProblemsPrint() {
    Recipe recipe = BuiltInMethod.SIMCLR.recipe(site);
    assertThat(singleLevel(recipe, SETTINGS))
        .hasToString(
            """
            single-level umm: minimization
              over           3 variables, 228 parameters
              objective      + alignment
                             + constraint
                             + memorization
                             - 0.01 coding rate reduction
              stepped by     Adam, rate 3.0E-4
            """);
    assertThat(singleLevel(recipe, SETTINGS.alpha(0).beta(0)))
        .hasToString(
            """
            single-level umm: minimization
              over           3 variables, 228 parameters
              objective      + alignment
                             + constraint
              stepped by     Adam, rate 3.0E-4
            """);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "0.01, 0", "0, 0"})
  void ablationsRunByBothEstimators(double alpha, double beta) {
    Recipe recipe = BuiltInMethod.BYOL.recipe(site);
    for (HypergradientEstimator estimator :
        new HypergradientEstimator[] {
          Unrolled.exact(), Implicit.by(ConjugateGradient.steps(5).tolerance(1e-4))
        }) {
      UmmSettings settings = SETTINGS.alpha(alpha).beta(beta).estimator(estimator);
      try (Engine engine = engine()) {
        BilevelSolver solver = BilevelSolver.of(umm(recipe, settings), engine);
        Variables theta = site.encoder().last("stem").parameters();
        ImmutableMap<String, Array> before = engine.read(theta);
        Map<String, Double> measured = solver.step(Feed.none());
        BuiltInMethodTest.assertFinite(measured);
        assertThat(measured.containsKey("inner/memorization")).isEqualTo(beta > 0);
        assertThat(measured.containsKey("outer/coding rate reduction")).isEqualTo(alpha > 0);
        assertThat(Maps.difference(before, engine.read(theta)).entriesInCommon()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SIMCLR", "BYOL", "SWAV"})
  void singleLevelMovesTheLaterLayersAlone(BuiltInMethod kind) {
    Recipe recipe = kind.recipe(site);
    try (Engine engine = engine()) {
      SingleLevelSolver solver = SingleLevelSolver.of(singleLevel(recipe, SETTINGS), engine);
      Variables theta = site.encoder().last("stem").parameters();
      Variables frozen = site.encoder().early("stem").variables().and(recipe.method().parameters());
      Variables remembered = recipe.method().state();
      ImmutableMap<String, Array> before = engine.read(theta);
      ImmutableMap<String, Array> still = engine.read(frozen);
      ImmutableMap<String, Array> kept = engine.read(remembered);
      for (int step = 0; step < 2; step++) {
        BuiltInMethodTest.assertFinite(solver.step(Feed.none()));
      }
      assertThat(Maps.difference(before, engine.read(theta)).entriesInCommon()).isEmpty();
      assertThat(engine.read(frozen)).isEqualTo(still);
      assertThat(engine.read(remembered).equals(kept)).isEqualTo(remembered.isEmpty());
    }
  }

  /** Of the same views, and without an inner step that is felt. */
  @Test
  void singleLevelHasTheTermsOfBothLevels() {
    Recipe recipe = BuiltInMethod.SIMCLR.recipe(site);
    ViewBatch views = BuiltInMethodTest.views(site, recipe, 3);
    BilevelProblem levels = Umm.problem(site.encoder(), views, views, SETTINGS.rate(1e-12));
    Map<String, Double> two;
    try (Engine engine = engine()) {
      two = BilevelSolver.of(levels, engine).step(Feed.none());
    }
    try (Engine engine = engine()) {
      Map<String, Double> one =
          SingleLevelSolver.of(singleLevel(recipe, SETTINGS), engine).step(Feed.none());
      assertThat(one.get("alignment")).isCloseTo(two.get("inner/alignment"), within(1e-5));
      assertThat(one.get("constraint")).isCloseTo(two.get("outer/constraint"), within(1e-5));
      assertThat(one.get("memorization")).isCloseTo(two.get("inner/memorization"), within(1e-5));
      assertThat(one.get("coding rate reduction"))
          .isCloseTo(two.get("outer/coding rate reduction"), within(1e-5));
      assertThat(one.get("total"))
          .isCloseTo(
              one.get("alignment")
                  + one.get("constraint")
                  + one.get("memorization")
                  - 0.01 * one.get("coding rate reduction"),
              within(1e-5));
    }
  }

  /** In both levels; the value that is reported is the term's own. */
  @Test
  void constraintOfAnotherWeight() {
    Recipe recipe = BuiltInMethod.SIMCLR.recipe(site);
    String problem = umm(recipe, SETTINGS.constraintWeight(0.25)).toString();
    assertThat(problem.lines().filter(line -> line.contains("+ 0.25 constraint"))).hasSize(2);
    Recipe weighted =
        new Recipe(
            recipe.method().weighted("constraint", 0.25), recipe.views(), recipe.optimizer());
    SingleLevelProblem own =
        SingleLevelUmm.problem(
            site.encoder(), BuiltInMethodTest.views(site, weighted, 3), SETTINGS);
    try (Engine engine = engine()) {
      Map<String, Double> one = SingleLevelSolver.of(own, engine).step(Feed.none());
      assertThat(one.get("total"))
          .isCloseTo(
              one.get("alignment")
                  + 0.25 * one.get("constraint")
                  + one.get("memorization")
                  - 0.01 * one.get("coding rate reduction"),
              within(1e-5));
    }
  }

  /** BYOL's constraint is an operation: there is no term to weigh. */
  @Test
  void constraintThatIsNoTerm() {
    Recipe recipe = BuiltInMethod.BYOL.recipe(site);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> umm(recipe, SETTINGS.constraintWeight(0.5)))
        .withMessage(
            """
            objective: weighing a term needs its name and a factor that is not negative.
              name    constraint
              factor  0.5
              terms   alignment
            Maybe another term was meant, or 0, which leaves a term out.""");
  }

  @ParameterizedTest
  @EnumSource(names = {"SIMCLR", "MOCO_V2_PLUS", "SWAV"})
  void jointStepsAreFinite(BuiltInMethod kind) {
    Recipe recipe = kind.recipe(site);
    try (Engine engine = engine()) {
      Solver joint =
          Alternating.between(
              new Alternating.Phase(
                  "ssl", BuiltInMethodTest.pretraining(site, recipe, engine), ImmutableList.of()),
              new Alternating.Phase(
                  "umm", BilevelSolver.of(umm(recipe, SETTINGS), engine), ImmutableList.of()));
      Variables all = site.encoder().parameters().and(recipe.method().parameters());
      ImmutableMap<String, Array> before = engine.read(all);
      for (int step = 0; step < 2; step++) {
        BuiltInMethodTest.assertFinite(joint.step(Feed.none()));
      }
      assertThat(Maps.difference(before, engine.read(all)).entriesInCommon()).isEmpty();
    }
  }

  /**
   * Solo-learn's tau is one at the end of pre-training; UMM would find targets that stand still.
   */
  @Test
  void targetsMoveOnInUmm() {
    MethodContext solo = BuiltInMethodTest.site(Preset.SOLO, BATCH);
    Recipe recipe = BuiltInMethod.BYOL.recipe(solo);
    BilevelProblem problem =
        Umm.problem(
                solo.encoder(),
                BuiltInMethodTest.views(solo, recipe, 2),
                BuiltInMethodTest.views(solo, recipe, 3),
                SETTINGS)
            .updating(BuiltInMethodTest.counted(solo));
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      BilevelSolver solver = BilevelSolver.of(problem, engine);
      int pretraining = solo.epochs() * solo.perEpoch();
      engine.write(
          Variables.of(solo.step()), ImmutableMap.of("step", Array.scalar(pretraining + 1)));
      solver.step(Feed.none());
      Expr weight = solo.encoder().last("stem").parameters().get("layer1/conv/weight");
      Expr average = recipe.method().emaParameters().get("layer1/conv/weight");
      Variables both = Variables.of(weight, average);
      ImmutableMap<String, Array> before = engine.read(both);
      solver.step(Feed.none());
      Array moved = engine.read(both).get(average.name());
      for (int i = 0; i < moved.size(); i++) {
        double old = before.get(average.name()).at(i);
        double way = before.get(weight.name()).at(i) - old;
        assertThat(way).isNotZero();
        assertThat(moved.at(i)).isCloseTo(old + 0.01 * way, within(1e-15));
      }
    }
  }
}
