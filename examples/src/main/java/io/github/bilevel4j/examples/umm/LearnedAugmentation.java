package io.github.bilevel4j.examples.umm;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.RandomResizedCrop;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.function.Function;

/**
 * An augmentation whose strengths are variables: {@code s = sigmoid(a)} of each kind, 0 for images
 * as they are, 1 for about as strong as in SimCLR (Chen et al., 2020). With u uniform on [0, 1] and
 * n normal, each drawn for each image (n for each value),
 *
 * <pre>
 * crop        a box with sides of a share 1 - 0.7 s u, at a uniform place, resampled bilinearly
 * brightness  f x,  contrast  m + f (x - m),  saturation  l + f (x - l);   f = 1 + 0.8 s (2 u - 1)
 * noise       x + 0.2 s n
 * </pre>
 *
 * with m the mean luminance of the image and l the luminance of the pixel. Values may leave [0, 1].
 *
 * <p>The draws do not depend on a, and the images are continuous in it (boxes are not rounded to
 * whole pixels), so that the derivative of a mean over draws is the mean of derivatives. That a
 * flip, grayscale or blur is applied at all is decided by a threshold, where the derivative says
 * nothing: their probabilities cannot be learned so.
 */
public record LearnedAugmentation(Variables logits) implements Augmentation {
  private static final ImmutableList<String> KINDS =
      ImmutableList.of("crop", "brightness", "contrast", "saturation", "noise");
  private static final Expr LUMINANCE = Expr.constant(Array.vector(0.299, 0.587, 0.114));

  /** All kinds of the same strength, between 0 and 1, to begin with. */
  public static LearnedAugmentation ofStrength(double strength) {
    Array logit = Array.scalar(Math.log(strength / (1 - strength)));
    return new LearnedAugmentation(
        Variables.of(
            KINDS.stream().map(kind -> Expr.variable("strength " + kind, logit)).toList()));
  }

  /** The strengths by name. */
  ImmutableMap<String, Expr> strengths() {
    ImmutableMap.Builder<String, Expr> strengths = ImmutableMap.builder();
    logits.leaves().forEach((name, logit) -> strengths.put(name, logit.sigmoid()));
    return strengths.buildOrThrow();
  }

  /** Views that end with this, and are otherwise drawn as they are without it. */
  Views after(Views views) {
    return new Views(
        views.each().stream()
            .map(view -> new After(view, this))
            .collect(ImmutableList.toImmutableList()));
  }

  /** Unlike {@link Augmentation#then} it leaves the draws of the first one as they are. */
  private record After(Augmentation own, LearnedAugmentation learned) implements Augmentation {
    @Override
    public Expr apply(Expr images, RandomKey randomness) {
      return learned.apply(own.apply(images, randomness), randomness.foldIn("learned"));
    }

    @Override
    public Augmentation withCrops(Function<RandomResizedCrop, Expr> crops) {
      return new After(own.withCrops(crops), learned);
    }
  }

  @Override
  public Expr apply(Expr images, RandomKey randomness) {
    Expr x = cropped(images, randomness.foldIn("crop"));
    x = x.times(factor("brightness", x, randomness));
    Expr mean = luminance(x).meanKeeping(1, 2);
    x = mean.plus(x.minus(mean).times(factor("contrast", x, randomness)));
    Expr gray = luminance(x);
    x = gray.plus(x.minus(gray).times(factor("saturation", x, randomness)));
    Expr noise = randomness.foldIn("noise").normal(x.shape().toArray());
    return x.plus(noise.times(strength("noise").times(0.2)));
  }

  private Expr strength(String kind) {
    return logits.get("strength " + kind).sigmoid();
  }

  private Expr factor(String kind, Expr images, RandomKey randomness) {
    int n = images.shape().dim(0);
    Expr drawn = randomness.foldIn(kind).uniformBetween(-0.8, 0.8, n, 1, 1, 1);
    return drawn.times(strength(kind)).plus(1);
  }

  private static Expr luminance(Expr images) {
    return images.times(LUMINANCE).sumKeeping(3);
  }

  private Expr cropped(Expr images, RandomKey key) {
    int n = images.shape().dim(0);
    Expr cut = key.foldIn("side").uniformBetween(0, 0.7, n, 1, 1).times(strength("crop"));
    Expr rows = resampling(cut, key.foldIn("top").uniform(n, 1, 1), images.shape().dim(1));
    Expr columns = resampling(cut, key.foldIn("left").uniform(n, 1, 1), images.shape().dim(2));
    Expr exchanged = alongFirst(rows, images).permuted(0, 2, 1, 3);
    return alongFirst(columns, exchanged).permuted(0, 2, 1, 3);
  }

  /** The weights {@code [n, size, size]} of the pixels in those of boxes that lack some share. */
  private static Expr resampling(Expr cut, Expr place, int size) {
    Expr pixel = Expr.range(size).plus(0.5);
    Expr side = cut.negated().plus(1);
    Expr center =
        pixel
            .reshape(1, size, 1)
            .times(side)
            .plus(cut.times(place).times(size))
            .maximum(0.5)
            .minimum(size - 0.5);
    return center.minus(pixel.reshape(1, 1, size)).abs().negated().plus(1).relu();
  }

  private static Expr alongFirst(Expr matrices, Expr images) {
    Shape shape = images.shape();
    Expr flat = images.reshape(shape.dim(0), shape.dim(1), shape.dim(2) * shape.dim(3));
    return matrices.matmul(flat).reshape(shape);
  }
}
