package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.examples.ssl.Swav;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.examples.umm.Umm;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.losses.distillation.SwavLoss;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.ssl.ImageBatch;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.Preset;
import io.github.bilevel4j.ssl.Pretraining;
import io.github.bilevel4j.ssl.Queues;
import io.github.bilevel4j.ssl.Recipe;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Batches that a method cannot use are refused, by its name, when the problem is built. */
class MethodBadInputTest {

  /** A method with the views of a batch of images that come from outside. */
  private record Attempt(MethodContext site, Recipe recipe, ViewBatch views) {
    static Attempt of(BuiltInMethod kind, Preset preset, int batch) {
      MethodContext site = BuiltInMethodTest.site(preset, batch);
      Recipe recipe = kind.recipe(site);
      Expr images = Expr.input("images", batch, site.side(), site.side(), 3);
      return new Attempt(
          site,
          recipe,
          recipe.views(
              new ImageBatch(images, Expr.input("indices", batch)), RandomKey.of(1, site.step())));
    }

    Attempt withOneView() {
      ImmutableList<Expr> one = views.views().subList(0, 1);
      return new Attempt(site, recipe, new ViewBatch(views.method(), one, views.lossOf()));
    }

    String method() {
      return recipe.method().getClass().getSimpleName();
    }

    void pretrain() {
      Pretraining.problem(site.encoder(), views, recipe.optimizer());
    }

    void umm() {
      Umm.problem(site.encoder(), views, views, UmmSettings.after("stem"));
    }

    void assertRefused(String message, Object... arguments) {
      assertThatIllegalArgumentException()
          .isThrownBy(this::pretrain)
          .withMessage(message, arguments);
    }
  }

  @ParameterizedTest
  @EnumSource(BuiltInMethod.class)
  void oneImage(BuiltInMethod kind) {
    Attempt attempt = Attempt.of(kind, Preset.QUICK, 1);
    List<Expr> seen = attempt.views().views();
    StringBuilder views = new StringBuilder();
    for (int i = 0; i < seen.size(); i++) {
      views.append("  view %d  %s\n".formatted(i + 1, seen.get(i).shape()));
    }
    String message =
        """
        %s: needs a batch of two images or more, got 1.
        %sMaybe a larger batch was meant, and no incomplete one at the end of an epoch."""
            .formatted(attempt.method(), views);
    assertThatIllegalArgumentException().isThrownBy(attempt::pretrain).withMessage(message);
    assertThatIllegalArgumentException().isThrownBy(attempt::umm).withMessage(message);
  }

  @ParameterizedTest
  @EnumSource(BuiltInMethod.class)
  void oneView(BuiltInMethod kind) {
    Attempt attempt = Attempt.of(kind, Preset.QUICK, 6).withOneView();
    attempt.assertRefused(
        """
        %s: needs two views of each image or more, got 1.
          view 1  [6, 8, 8, 3]
        Maybe Views.alike(augmentation) was meant, which makes two.""",
        attempt.method());
  }

  /** The published queues: of 32768 or 65536 rows, or of 32768 or 3840 for each of two views. */
  @ParameterizedTest
  @CsvSource({
    "MOCO_V2,      moco-v2 queue,        32768, 256, 100,    32800,  64",
    "MOCO_V2,      moco-v2 queue,        32768, 256, 40000, 40000,  32768",
    "MOCO_V2_PLUS, moco-v2-plus queue 1, 32768, 256, 100,    32800,  64",
    "RESSL,        ressl queue,          65536, 256, 30000, 60000,  16384",
    "SWAV,         swav queue 1,         3840,  128, 100,    3800,   96"
  })
  void batchThatDoesNotDivideTheQueue(
      BuiltInMethod kind,
      String queue,
      int rows,
      int width,
      int batch,
      int otherRows,
      int otherBatch) {
    Attempt attempt = Attempt.of(kind, Preset.SOLO, batch);
    assertThatIllegalArgumentException()
        .isThrownBy(attempt::pretrain)
        .satisfies(
            mistake ->
                assertThat(mistake.getMessage().lines())
                    .startsWith(
                        "queue \"%s\": a batch of %d keys does not divide the queue of %d rows."
                            .formatted(queue, batch, rows))
                    .endsWith(
                        "Maybe a queue of %d rows or a batch of %d was meant."
                            .formatted(otherRows, otherBatch))
                    .hasSize(3)
                    .element(1)
                    .asString()
                    .endsWith("[%d, %d]".formatted(batch, width)));
  }

  @ParameterizedTest
  @CsvSource({"WMSE, 100, 128", "WMSE4, 200, 128 or 256"})
  void batchThatIsNotWholeSubBatches(BuiltInMethod kind, int batch, String meant) {
    Attempt attempt = Attempt.of(kind, Preset.SOLO, batch);
    assertThatIllegalArgumentException()
        .isThrownBy(attempt::pretrain)
        .satisfies(
            mistake ->
                assertThat(mistake)
                    .hasMessageStartingWith(
                        "WMseLoss: a batch of %d is not whole sub-batches of 128.\n"
                            .formatted(batch))
                    .hasMessageEndingWith(
                        "Maybe a batch of %s images was meant.".formatted(meant)));
  }

  @Test
  void onePrototype() {
    Attempt attempt = Attempt.of(BuiltInMethod.SWAV, Preset.QUICK, 6);
    Swav published = (Swav) attempt.recipe().method();
    Expr one = Expr.variable("one prototype", zeros(1, 64));
    Swav method =
        new Swav(
            published.projector(),
            one,
            SwavLoss.temperature(0.1),
            new Queues(ImmutableList.of()),
            Expr.constant(0),
            Expr.constant(0));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Pretraining.problem(
                    attempt.site().encoder(),
                    ViewBatch.of(method, attempt.views().views()),
                    attempt.recipe().optimizer()))
        .withMessage(
            """
            SwavLoss: needs two prototypes or more, got 1.
              prototypes  select(…, …, one prototype)  [1, 64]
            Maybe several for each expected class, such as 3000, were meant.""");
  }

  private static Array zeros(int... dims) {
    return Array.fill(Shape.of(dims), i -> 0);
  }
}
