package io.github.bilevel4j.augment;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Replicas;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.layer.Computed;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AugmentationsTest {
  private static final RandomKey RANDOMNESS = RandomKey.fixed(1);
  private static final Expr IMAGES = Expr.constant(Computed.uniform(1, 20, 12, 12, 3));
  private static final Map<String, Views> ALL =
      ImmutableMap.<String, Views>builder()
          .put("symmetric", Augmentations.symmetric(8))
          .put("symmetric weak", Augmentations.symmetricWeak(8))
          .put("asymmetric", Augmentations.asymmetric(8))
          .put("corinfomax", Augmentations.corInfoMax(8))
          .put("ressl", Augmentations.ressl(8))
          .put("vicreg", Augmentations.vicreg(8))
          .put("w-mse", Augmentations.wMse(8))
          .put("htdt", Augmentations.htdt(8))
          .buildOrThrow();

  @Test
  void viewsAreDifferentImagesInRange() {
    List<Expr> views = new ArrayList<>();
    ALL.values().forEach(each -> views.addAll(each.of(IMAGES, RANDOMNESS)));

    List<Array> computed = Computed.of(views);
    for (int i = 0; i < computed.size(); i += 2) {
      assertThat(computed.get(i)).isNotEqualTo(computed.get(i + 1));
    }
    for (Array view : computed) {
      assertThat(view.shape()).isEqualTo(Shape.of(20, 8, 8, 3));
      assertThat(Arrays.stream(view.toDoubles()).min().orElseThrow()).isGreaterThan(-1e-12);
      assertThat(Arrays.stream(view.toDoubles()).max().orElseThrow()).isLessThan(1 + 1e-12);
    }
  }

  /** On several replicas each makes the views of its own images, as they are on one. */
  @Test
  void viewsOfOwnImagesAreThoseOfTheWholeBatch() {
    Views augment = new Views(ALL.values().stream().map(Views::first).collect(toImmutableList()));
    List<Expr> views = new ArrayList<>(augment.of(IMAGES, RandomKey.fixed(1)));
    int count = views.size();
    augment.of(IMAGES.ownRows(4), RandomKey.fixed(1).across(4)).stream()
        .map(view -> Expr.concat(0, Replicas.together(view, 4, r -> Map.of()).toArray(Expr[]::new)))
        .forEach(views::add);

    List<Array> computed = Computed.of(views);
    for (int i = 0; i < count; i++) {
      assertThat(computed.get(count + i)).isEqualTo(computed.get(i));
    }
  }

  @Test
  void equalRandomnessGivesTheSameExpression() {
    ALL.forEach(
        (name, views) ->
            assertThat(views.of(IMAGES, RandomKey.fixed(5)))
                .as(name)
                .isEqualTo(views.of(IMAGES, RandomKey.fixed(5))));
  }

  @Test
  void theNextStepDrawsAnew() {
    Augmentation augmentation = Augmentations.htdt(8).first();

    List<Array> steps =
        Computed.of(
            List.of(
                augmentation.apply(IMAGES, RandomKey.of(1, Expr.constant(0))),
                augmentation.apply(IMAGES, RandomKey.of(1, Expr.constant(1)))));
    assertThat(steps.get(0)).isNotEqualTo(steps.get(1));
  }

  @Test
  void oneAugmentationTwiceInAChainDrawsTwice() {
    Augmentation jitter = ColorJitter.strengths(0.4, 0, 0, 0);
    Expr gray = Expr.filled(0.25, Shape.of(500, 1, 1, 3));

    double[] values = Computed.of(jitter.then(jitter).apply(gray, RANDOMNESS)).toDoubles();
    // Equal factors f would give f^2 >= 0.36, with mean 1 + 0.16/3.
    assertThat(Arrays.stream(values).average().orElseThrow()).isCloseTo(0.25, within(0.006));
  }

  @Test
  void onlyTheViewsThatShouldChangeColors() {
    Expr oneColor = Expr.constant(Array.vector(0.2, 0.5, 0.7)).broadcastTo(Shape.of(20, 12, 12, 3));
    List<Expr> views = Augmentations.ressl(8).of(oneColor, RANDOMNESS);

    List<Array> computed = Computed.of(List.of(views.get(0), views.get(1), oneColor));
    double[] unchanged = Arrays.copyOf(computed.get(2).toDoubles(), 20 * 8 * 8 * 3);
    assertThat(computed.get(1).toDoubles()).containsExactly(unchanged, within(1e-12));
    assertThat(computed.get(0).toDoubles()).isNotEqualTo(unchanged);
  }

  @ParameterizedTest
  @ValueSource(strings = {"asymmetric", "corinfomax"})
  void onlyTheSecondAsymmetricViewIsSolarized(String name) {
    // White is kept by every other part, but for brightness below one.
    Expr white = Expr.filled(1, Shape.of(100, 12, 12, 3));
    List<Expr> views = ALL.get(name).of(white, RANDOMNESS);

    List<Array> darkest = Computed.of(List.of(views.get(0), views.get(1)));
    assertThat(Arrays.stream(darkest.get(0).toDoubles()).min().orElseThrow()).isGreaterThan(0.59);
    assertThat(Arrays.stream(darkest.get(1).toDoubles()).filter(v -> v < 0.41).count())
        .isBetween(5L * 192, 40L * 192);
  }

  /** Stripes of one pixel: crops and colors keep much of their contrast, most blurs do not. */
  @Test
  void theFirstViewOfCorInfoMaxIsAlwaysBlurred() {
    Expr stripes = Expr.constant(Array.fill(Shape.of(100, 8, 8, 3), i -> i / 3 % 2)).times(0.5);
    List<Expr> views = Augmentations.corInfoMax(8).of(stripes, RANDOMNESS);

    List<Array> ranges =
        Computed.of(views.stream().map(v -> range(v.max(1, 2, 3), v.min(1, 2, 3))).toList());
    assertThat(withRangeBelow(0.15, ranges.get(0))).isGreaterThan(25);
    assertThat(withRangeBelow(0.15, ranges.get(1))).isLessThan(10);
  }

  private static Expr range(Expr largest, Expr smallest) {
    return largest.minus(smallest);
  }

  private static long withRangeBelow(double bound, Array ranges) {
    return Arrays.stream(ranges.toDoubles()).filter(range -> range < bound).count();
  }

  @Test
  void areDifferentiableInTheImages() {
    Augmentation augmentation =
        ColorJitter.strengths(0.2, 0.2, 0.2, 0.05)
            .then(RandomResizedCrop.size(6).bicubic())
            .then(GaussianBlur.sigma(0.5, 1))
            .then(HorizontalFlip.probability(0.5))
            .then(Grayscale.probability(0.5));
    Expr x = Expr.constant(Computed.uniform(2, 4, 8, 8, 3)).times(0.2).plus(0.4);
    Expr direction = Expr.constant(Computed.normal(3, 4, 8, 8, 3));
    Expr weights = Expr.constant(Computed.normal(4, 4, 6, 6, 3));
    double h = 1e-6;

    Expr slope = augmentation.apply(x, RANDOMNESS).dot(weights).gradient(x).dot(direction);
    Expr ahead = augmentation.apply(x.plus(direction.times(h)), RANDOMNESS).dot(weights);
    Expr behind = augmentation.apply(x.minus(direction.times(h)), RANDOMNESS).dot(weights);
    List<Array> computed = Computed.of(List.of(slope, ahead.minus(behind).dividedBy(2 * h)));
    assertThat(computed.get(0).scalarValue())
        .isNotZero()
        .isCloseTo(computed.get(1).scalarValue(), within(1e-6));
  }

  @Test
  void noneIsNothing() {
    assertThat(Augmentation.none().apply(IMAGES, RANDOMNESS)).isSameAs(IMAGES);
  }

  @Test
  void bothViewsAreNormalized() {
    Views views = Views.alike(Augmentation.none()).then((images, randomness) -> images.times(2));

    assertThat(views.of(IMAGES, RANDOMNESS)).containsExactly(IMAGES.times(2), IMAGES.times(2));
  }
}
