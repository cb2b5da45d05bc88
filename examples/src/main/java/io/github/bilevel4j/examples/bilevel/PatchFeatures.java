package io.github.bilevel4j.examples.bilevel;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.eval.FeatureExtractor;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.ParameterFree;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Map;

/**
 * Features that need no training (after Coates, Lee and Ng, 2011): the mean and the largest
 * magnitude, over all places, of an image's correlation with small patches of other images. Images
 * and patches are gray by luma; patches have mean zero and length one.
 *
 * @param patches {@code [side, side, 1, count]}
 */
record PatchFeatures(Expr patches) implements ParameterFree {
  private static final Array LUMA = Array.vector(0.299, 0.587, 0.114);
  private static final int SIDE = 9;
  private static final int BATCH = 100;

  /** So many patches cut out of images at random. */
  static PatchFeatures cutFrom(LabeledImages images, int count, Draws draws) {
    double[] values = new double[SIDE * SIDE * count];
    for (int patch = 0; patch < count; patch++) {
      double[] image = images.pixels(new int[] {draws.below(images.count())});
      int top = draws.below(images.height() - SIDE + 1);
      int left = draws.below(images.width() - SIDE + 1);
      for (int i = 0; i < SIDE * SIDE; i++) {
        int pixel = (top + i / SIDE) * images.width() + left + i % SIDE;
        for (int channel = 0; channel < 3; channel++) {
          values[i * count + patch] += LUMA.at(channel) * image[3 * pixel + channel];
        }
      }
    }
    Expr cut = Expr.constant(Array.wrap(Shape.of(SIDE * SIDE, count), values));
    return new PatchFeatures(cut.centered(0).normalized(0).reshape(SIDE, SIDE, 1, count));
  }

  /** {@code [n, height, width, channels] -> [n, 2 count]}. */
  @Override
  public Expr apply(Expr images) {
    Expr gray = images.times(Expr.constant(LUMA)).sumKeeping(-1);
    Expr magnitudes = gray.conv2d(patches, 1, 0).abs();
    return Expr.concat(1, magnitudes.mean(1, 2), magnitudes.max(1, 2));
  }

  /** The features of all images, {@code [n, 2 count]}. */
  Features of(LabeledImages images, Engine engine) {
    Encoder encoder = Encoder.of(Map.of("patches", this));
    return FeatureExtractor.of(engine, encoder, pixels -> pixels, BATCH)
        .features("patches", images);
  }
}
