package io.github.bilevel4j.examples.umm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.DoubleSummaryStatistics;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each kind by itself, the others being as good as off. */
class LearnedAugmentationTest {
  private static final int IMAGES = 40;
  private static final int SIDE = 10;
  private static final int PIXELS = SIDE * SIDE;
  private static final double STRENGTH = 0.6;
  private static final RandomKey KEY = RandomKey.fixed(7);
  private static final Array NOISE = noise();

  private static Array noise() {
    Random random = new Random(1);
    return Array.fill(Shape.of(IMAGES, SIDE, SIDE, 3), i -> random.nextDouble());
  }

  private static Array applied(String kind, Array images) {
    Variables logits =
        Variables.of(
            LearnedAugmentation.ofStrength(1e-13).logits().leaves().values().stream()
                .map(
                    logit ->
                        logit.name().equals("strength " + kind)
                            ? Expr.variable(
                                logit.name(), Array.scalar(Math.log(STRENGTH / (1 - STRENGTH))))
                            : logit)
                .toList());
    return Evaluation.of(new LearnedAugmentation(logits).apply(Expr.constant(images), KEY));
  }

  private static double luminance(Array images, int image, int pixel) {
    int at = (image * PIXELS + pixel) * 3;
    return 0.299 * images.at(at) + 0.587 * images.at(at + 1) + 0.114 * images.at(at + 2);
  }

  /** The factor of an image by which it differs from others, which is the same for all values. */
  private static double factor(Array from, Array to, Array other, int image) {
    double[] factors =
        IntStream.range(image * PIXELS * 3, (image + 1) * PIXELS * 3)
            .mapToDouble(i -> (to.at(i) - other.at(i)) / (from.at(i) - other.at(i)))
            .toArray();
    for (double factor : factors) {
      assertThat(factor).isCloseTo(factors[0], within(1e-6));
    }
    return factors[0];
  }

  private static void checkFactors(String kind, Array other) {
    Array found = applied(kind, NOISE);
    double[] factors =
        IntStream.range(0, IMAGES).mapToDouble(i -> factor(NOISE, found, other, i)).toArray();
    double reach = 0.8 * STRENGTH;
    DoubleSummaryStatistics range = DoubleStream.of(factors).summaryStatistics();
    assertThat(range.getMin()).isBetween(1 - reach, 1 - 0.7 * reach);
    assertThat(range.getMax()).isBetween(1 + 0.7 * reach, 1 + reach);
  }

  @Test
  void noStrengthNoChange() {
    Expr images = Expr.constant(NOISE);
    Array found = Evaluation.of(LearnedAugmentation.ofStrength(1e-13).apply(images, KEY));
    assertThat(Rows.difference(found, NOISE)).isLessThan(1e-11);
  }

  @Test
  void brightness() {
    checkFactors("brightness", Array.fill(NOISE.shape(), i -> 0));
  }

  @Test
  void contrast() {
    double[] means =
        IntStream.range(0, IMAGES)
            .mapToDouble(
                image ->
                    IntStream.range(0, PIXELS)
                        .mapToDouble(pixel -> luminance(NOISE, image, pixel))
                        .average()
                        .orElseThrow())
            .toArray();
    checkFactors("contrast", Array.fill(NOISE.shape(), i -> means[i / (3 * PIXELS)]));
  }

  @Test
  void saturation() {
    checkFactors(
        "saturation",
        Array.fill(NOISE.shape(), i -> luminance(NOISE, i / (3 * PIXELS), i / 3 % PIXELS)));
  }

  @Test
  void noiseOfAFifth() {
    Array found = applied("noise", NOISE);
    double variance =
        IntStream.range(0, IMAGES * PIXELS * 3)
            .mapToDouble(i -> Math.pow(found.at(i) - NOISE.at(i), 2))
            .average()
            .orElseThrow();
    assertThat(Math.sqrt(variance)).isCloseTo(0.2 * STRENGTH, within(0.003));
  }

  /** Of an image whose values are its places, a crop has the places that it is taken from. */
  @Test
  void crops() {
    Array places =
        Array.fill(
            NOISE.shape(),
            i -> i % 3 == 0 ? Math.floorDiv(i / 3 % PIXELS, SIDE) + 0.5 : i / 3 % SIDE + 0.5);
    Array found = applied("crop", places);
    double shortest = SIDE;
    for (int image = 0; image < IMAGES; image++) {
      // Away from the border, where places beyond the outermost pixels' middles are not known.
      double top = found.get(image, 4, 4, 0);
      double left = found.get(image, 4, 4, 1);
      double side = found.get(image, 5, 4, 0) - top;
      assertThat(found.get(image, 4, 5, 1) - left).isCloseTo(side, within(1e-9));
      assertThat(side).isBetween(1 - 0.7 * STRENGTH, 1.0);
      assertThat(top - 4.5 * side).isBetween(-1e-9, SIDE * (1 - side) + 1e-9);
      assertThat(left - 4.5 * side).isBetween(-1e-9, SIDE * (1 - side) + 1e-9);
      shortest = Math.min(shortest, side);
    }
    assertThat(shortest).isLessThan(1 - 0.6 * STRENGTH);
  }

  /** Trainings that are compared see the same draws. */
  @Test
  void theDrawsBeforeItStay() {
    Augmentation own = (x, draws) -> x.times(draws.uniform(IMAGES, 1, 1, 1));
    Views views = Views.alike(own);
    Expr images = Expr.constant(NOISE);
    Array without = Evaluation.of(views.of(images, KEY).get(1));
    Array with =
        Evaluation.of(LearnedAugmentation.ofStrength(1e-13).after(views).of(images, KEY).get(1));
    assertThat(Rows.difference(with, without)).isLessThan(1e-11);
  }
}
