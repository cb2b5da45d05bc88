package io.github.bilevel4j.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.layer.Computed;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class AugmentationProperties {

  @Property(seed = "1", tries = 10)
  void bilinearCropAndBlurAreLinear(
      @ForAll @IntRange(min = 1, max = 12) int height,
      @ForAll @IntRange(min = 1, max = 12) int width,
      @ForAll @IntRange(min = 1, max = 16) int size,
      @ForAll long seed) {
    Augmentation linear = RandomResizedCrop.size(size).then(GaussianBlur.sigma(0.1, 2));
    RandomKey randomness = RandomKey.fixed(seed);
    Expr x = Expr.constant(Computed.normal(seed, 3, height, width, 3));
    Expr y = Expr.constant(Computed.normal(seed + 1, 3, height, width, 3));

    Expr ofSum = linear.apply(x.times(2).minus(y), randomness);
    Expr sumOf = linear.apply(x, randomness).times(2).minus(linear.apply(y, randomness));
    List<Array> computed = Computed.of(List.of(ofSum, sumOf));
    assertThat(computed.get(0).toDoubles())
        .containsExactly(computed.get(1).toDoubles(), within(1e-10));
  }

  @Property(seed = "2", tries = 10)
  void cropsKeepConstants(
      @ForAll @IntRange(min = 1, max = 40) int height,
      @ForAll @IntRange(min = 1, max = 40) int width,
      @ForAll @IntRange(min = 1, max = 20) int size,
      @ForAll @DoubleRange(min = 0, max = 1) double value) {
    Expr images = Expr.filled(value, Shape.of(4, height, width, 1));
    RandomResizedCrop crop = RandomResizedCrop.size(size);

    List<Array> computed =
        Computed.of(
            List.of(
                crop.apply(images, RandomKey.fixed(height)),
                crop.bicubic().apply(images, RandomKey.fixed(width))));
    for (Array cropped : computed) {
      assertThat(Arrays.stream(cropped.toDoubles())).allMatch(v -> Math.abs(v - value) < 1e-12);
    }
  }

  @Property(seed = "3", tries = 10)
  void hueTurnsAddUpAndTheFullCircleIsNothing(
      @ForAll @DoubleRange(min = -0.5, max = 0.5) double share,
      @ForAll @DoubleRange(min = -0.5, max = 0.5) double next,
      @ForAll long seed) {
    ChannelsFirst planes = ChannelsFirst.of(Expr.constant(Computed.uniform(seed, 1, 4, 4, 3)));

    ChannelsFirst twice = planes.hue(turn(share)).hue(turn(next));
    List<Array> computed =
        Computed.of(
            List.of(
                twice.values(),
                planes.hue(turn(share + next)).values(),
                planes.hue(turn(1)).values(),
                planes.values()));
    assertThat(computed.get(0).toDoubles())
        .containsExactly(computed.get(1).toDoubles(), within(1e-9));
    assertThat(computed.get(2).toDoubles())
        .containsExactly(computed.get(3).toDoubles(), within(1e-9));
  }

  private static Expr turn(double share) {
    return Expr.constant(share).reshape(1, 1, 1);
  }
}
