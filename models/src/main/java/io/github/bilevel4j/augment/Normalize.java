package io.github.bilevel4j.augment;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;

/** {@code (x - mean) / deviation} for each channel: the last step before an encoder. */
public record Normalize(Array mean, Array deviation) implements Augmentation {

  /**
   * Checks the deviations.
   *
   * @throws IllegalArgumentException if there are not as many as means or one is not positive
   */
  public Normalize {
    if (!mean.shape().equals(deviation.shape())
        || Arrays.stream(deviation.toDoubles()).anyMatch(d -> !(d > 0))) {
      throw UsageError.in("normalize")
          .because("each channel needs a mean and a positive standard deviation")
          .value("mean", mean)
          .value("deviation", deviation)
          .maybe("a channel that is constant has no standard deviation.");
    }
  }

  /** With the mean and the standard deviation of red, green and blue. */
  public static Normalize of(Array mean, Array deviation) {
    return new Normalize(mean, deviation);
  }

  /** The statistics of CIFAR-10. */
  public static Normalize cifar10() {
    return of(Array.vector(0.4914, 0.4822, 0.4465), Array.vector(0.2470, 0.2435, 0.2616));
  }

  /** The statistics of CIFAR-100. */
  public static Normalize cifar100() {
    return of(Array.vector(0.5071, 0.4865, 0.4409), Array.vector(0.2673, 0.2564, 0.2762));
  }

  /** The statistics of ImageNet. */
  public static Normalize imageNet() {
    return of(Array.vector(0.485, 0.456, 0.406), Array.vector(0.229, 0.224, 0.225));
  }

  /** The normalized images. */
  public Expr apply(Expr images) {
    ImageShapes.requireChannels("normalize", images, mean.size());
    // Stretched to one image first: kernels are slow at broadcasting along a last axis of three.
    Shape image = images.shape().sub(1, 4);
    return images
        .minus(Expr.constant(mean).broadcastTo(image))
        .dividedBy(Expr.constant(deviation).broadcastTo(image));
  }

  @Override
  public Expr apply(Expr images, RandomKey randomness) {
    return apply(images);
  }
}
