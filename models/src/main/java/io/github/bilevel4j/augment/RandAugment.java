package io.github.bilevel4j.augment;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.shape.Shape;

/**
 * One of fifteen operations, drawn for each image, with a strength in [0, 30] and a probability of
 * its own: shear, translation (both along x or y), rotation, autocontrast, inversion, equalization,
 * solarization, posterization, contrast, color, brightness, sharpness and cutout.
 *
 * <p>Ranges of the operations' values are those of the published program of boosted contrastive
 * learning; the operations are Pillow's. Shear, translation and rotation take the nearest pixel,
 * and zero beyond the border; all others round values to whole 255ths first, and no derivative
 * passes through them. Shear, translation and rotation go in either direction, by a coin's toss, as
 * in that program, where rotation does so like the others. Images that no operation falls to are
 * returned as they are.
 *
 * <p>Source: Cubuk, Zoph, Shlens, Le, "RandAugment", 2020; Zhou, Yao, Wang, Han, Zhang,
 * "Contrastive learning with boosted memorization", 2022.
 *
 * @param strengths of each image's operation, in [0, 30], {@code [n]}
 * @param probabilities that it is applied, {@code [n]}
 */
public record RandAugment(Expr strengths, Expr probabilities) implements Augmentation {
  private static final String NAME = "rand augment";

  /** The images whose tables, 3 x 256 numbers, single precision can still count. */
  private static final int LARGEST_BATCH = (1 << 24) / (3 * 256);

  /**
   * Checks the shapes.
   *
   * @throws IllegalArgumentException if strengths and probabilities are not both {@code [n]}
   */
  public RandAugment {
    if (strengths.shape().rank() != 1 || !strengths.shape().equals(probabilities.shape())) {
      throw UsageError.in(NAME)
          .because("needs a strength and a probability of each image, both [n]")
          .row("strengths", strengths.label(), strengths.shape().toString())
          .row("probabilities", probabilities.label(), probabilities.shape().toString())
          .maybe("Expr.filled(15, Shape.of(n)) is the same strength for all.");
    }
  }

  /**
   * With a strength of each image, for all images.
   *
   * @throws IllegalArgumentException if the strengths are not {@code [n]}
   */
  public static RandAugment strengths(Expr ofImages) {
    return new RandAugment(ofImages, Expr.filled(1, ofImages.shape()));
  }

  /**
   * With a probability of each image.
   *
   * @throws IllegalArgumentException if there are not as many as strengths
   */
  public RandAugment probabilities(Expr ofImages) {
    return new RandAugment(strengths, ofImages);
  }

  @Override
  public Expr apply(Expr images, RandomKey randomness) {
    ImageShapes.requireColor(NAME, images);
    requireStrengthOfEach(images);
    requireCountable(images.shape());
    ChosenOperations chosen = ChosenOperations.drawn(this, randomness);
    return apply(images, chosen, CutoutBoxes.drawn(chosen, images.shape(), randomness));
  }

  /** The given operations. */
  static Expr apply(Expr images, ChosenOperations chosen, CutoutBoxes boxes) {
    ChannelsFirst warped = ChannelsFirst.of(AffineNearest.of(chosen, images.shape()).apply(images));
    ImageBytes bytes = ImageBytes.of(warped);
    ImageBytes changed =
        boxes.painted(
            SpatialBlend.of(chosen, bytes).of(bytes.mapped(LookupTables.of(chosen, bytes))));
    Expr values =
        chosen.changesValues().reshape(-1, 1, 1).where(changed.planes().values(), warped.values());
    return new ChannelsFirst(values).images();
  }

  private void requireStrengthOfEach(Expr images) {
    if (images.shape().dim(0) != strengths.shape().dim(0)) {
      throw UsageError.in(NAME)
          .because("there is not one strength for each image")
          .row("images", images.label(), images.shape().toString())
          .row("strengths", strengths.label(), strengths.shape().toString())
          .maybe("the strengths are those of another batch.");
    }
  }

  private static void requireCountable(Shape shape) {
    if (shape.dim(0) > LARGEST_BATCH) {
      throw UsageError.in(NAME)
          .because("the batch has more than %d images", LARGEST_BATCH)
          .row("images", shape.toString())
          .maybe("the batch should be augmented in parts.");
    }
  }
}
