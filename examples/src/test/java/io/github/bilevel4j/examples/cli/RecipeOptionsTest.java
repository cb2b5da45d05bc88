package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.MethodRecipe;
import io.github.bilevel4j.ssl.Preset;
import io.github.bilevel4j.ssl.Recipe;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class RecipeOptionsTest {
  private static final MethodContext SITE = BuiltInMethodTest.site(Preset.QUICK, 6);

  @Command
  private static final class Options {
    @Mixin RecipeOptions recipe = new RecipeOptions();
  }

  private static MethodRecipe chosen(BuiltInMethod method, String... options) {
    Options parsed = new Options();
    new CommandLine(parsed)
        .registerConverter(ViewsKind.class, ChoiceReader.of(ViewsKind.class))
        .registerConverter(ScheduleKind.class, ChoiceReader.of(ScheduleKind.class))
        .parseArgs(options);
    return parsed.recipe.on(method);
  }

  @Test
  void nothingIsChangedUnlessItIsAskedFor() {
    assertThat(chosen(BuiltInMethod.SIMCLR)).isSameAs(BuiltInMethod.SIMCLR);
    MethodRecipe changed = chosen(BuiltInMethod.RESSL, "--rate", "0.01");
    assertThat(changed.id()).isEqualTo("ressl");
    Recipe recipe = changed.recipe(SITE);
    assertThat(RecipesTest.rates(recipe.optimizer(), Set.of("w"), 0).get("w"))
        .isCloseTo(0.01, within(1e-8));
    assertThat(recipe.views().each()).hasSize(2);
    assertThat(recipe.views().first()).isNotEqualTo(recipe.views().each().get(1));
    assertThatThrownBy(() -> chosen(BuiltInMethod.SIMCLR, "--rate", "0"))
        .isInstanceOf(UsageError.class)
        .hasMessageContaining("--rate");
  }

  /** The first and the middle rate of 1, of a run of SITE's steps. */
  @ParameterizedTest
  @CsvSource({
    "CONSTANT, 1, 1, 1",
    "COSINE, 1, 0.5005, 0.001",
    "EXPONENTIAL, 1, 0.0316227766, 0.001",
  })
  void ratesChange(ScheduleKind kind, double first, double middle, double last) {
    int steps = SITE.steps();
    assertThat(rate(kind, 0)).isCloseTo(first, within(1e-9));
    assertThat(rate(kind, steps / 2.0)).isCloseTo(middle, within(1e-9));
    assertThat(rate(kind, steps)).isCloseTo(last, within(1e-9));
  }

  @Test
  void theWarmUpBeginsAtZero() {
    assertThat(rate(ScheduleKind.WARMUP_COSINE, 0)).isZero();
    assertThat(rate(ScheduleKind.WARMUP_COSINE, 1)).isEqualTo(1);
    assertThat(rate(ScheduleKind.WARMUP_COSINE, SITE.steps())).isCloseTo(0, within(1e-12));
  }

  private static double rate(ScheduleKind kind, double step) {
    Expr value = kind.of(1, SITE).at(Expr.constant(step));
    return Interpreter.atStart().evaluate(value).scalarValue();
  }

  /** Pictures of one color each, which crops and mirrors leave as they are. */
  @ParameterizedTest
  @EnumSource(ViewsKind.class)
  void cropsAloneKeepColors(ViewsKind kind) {
    double[] color = {0.2, 0.5, 0.8};
    int side = SITE.side();
    Expr images = Expr.constant(Array.fill(Shape.of(8, side, side, 3), i -> color[i % 3]));
    Recipe recipe = chosen(BuiltInMethod.WMSE4, "--views", kind.toString()).recipe(SITE);
    List<Expr> views = recipe.views().of(images, RandomKey.of(1, Expr.constant(0)));
    assertThat(views).hasSize(4);
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Expr changes =
          Expr.concat(0, views.toArray(Expr[]::new)).minus(Expr.constant(Array.vector(color)));
      double change =
          engine
              .compile(Step.named("change").output("change", changes.squared().mean()))
              .run()
              .scalar("change");
      if (kind == ViewsKind.CROP) {
        assertThat(change).isCloseTo(0, within(1e-20));
      } else {
        assertThat(change).isGreaterThan(1e-4);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"VICREGL", "SWAV_MULTICROP"})
  void methodsThatCropOnTheirOwn(BuiltInMethod method) {
    MethodRecipe changed = chosen(method, "--views", "crop");
    assertThatThrownBy(() -> changed.recipe(SITE))
        .isInstanceOf(UsageError.class)
        .hasMessageStartingWith("--views: " + method.id() + " has crops of its own");
  }
}
