package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.ssl.VicRegL;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.MethodRecipe;
import io.github.bilevel4j.ssl.Recipe;
import picocli.CommandLine.Option;

/** What is chosen otherwise than in a method's preset. */
final class RecipeOptions {
  private static final double RATE = 2e-3;

  @Option(
      names = "--views",
      description =
          "views instead of the preset's: crop (crop and flip alone, with which few images are"
              + " memorized), htdt or strong, which change colors as well")
  private ViewsKind views;

  @Option(
      names = "--schedule",
      description =
          "pre-train by Adam instead of the preset's optimizer, with a rate that is constant or"
              + " changes as cosine, warmup-cosine or exponential")
  private ScheduleKind schedule;

  @Option(
      names = "--rate",
      description = "Adam's highest rate, see --schedule (default: 0.002, constant)")
  private Double rate;

  /** A method with what is chosen. */
  MethodRecipe on(MethodRecipe method) {
    if (rate != null) {
      Require.in("--rate").positive("value", rate);
    }
    return views == null && schedule == null && rate == null ? method : new Adapted(method);
  }

  /** A method's recipe with other views and optimizer. */
  private final class Adapted implements MethodRecipe {
    private final MethodRecipe method;

    private Adapted(MethodRecipe method) {
      this.method = method;
    }

    @Override
    public String id() {
      return method.id();
    }

    @Override
    public String description() {
      return method.description();
    }

    @Override
    public Recipe recipe(MethodContext context) {
      Recipe recipe = method.recipe(context);
      return new Recipe(
          recipe.method(), views(recipe, context), recipe.last(), optimizer(recipe, context));
    }

    private Views views(Recipe recipe, MethodContext context) {
      if (views == null) {
        return recipe.views();
      }
      Expr image = Expr.input("image", 1, context.side(), context.side(), 3);
      RandomKey key = RandomKey.of(0, Expr.constant(0));
      boolean cropsOnItsOwn =
          recipe.method() instanceof VicRegL
              || recipe.views().of(image, key).stream()
                  .anyMatch(view -> !view.shape().equals(image.shape()));
      if (cropsOnItsOwn) {
        throw UsageError.in("--views")
            .because("%s has crops of its own", method.id())
            .maybe("a method with views of one kind was meant.");
      }
      return Views.alike(views.of(context.side()), recipe.views().each().size());
    }

    private Optimizer optimizer(Recipe recipe, MethodContext context) {
      if (schedule == null && rate == null) {
        return recipe.optimizer();
      }
      ScheduleKind kind = schedule == null ? ScheduleKind.CONSTANT : schedule;
      return Adam.rate(kind.of(rate == null ? RATE : rate, context)).weightDecay(1e-6);
    }

    @Override
    public String toString() {
      return method.toString();
    }
  }
}
