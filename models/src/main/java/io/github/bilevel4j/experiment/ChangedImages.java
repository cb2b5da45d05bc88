package io.github.bilevel4j.experiment;

import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.shape.Array;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Images as an augmentation changes them, each by draws of its own, rounded to samples. */
final class ChangedImages {
  private static final int BATCH = 256;
  private static final int LARGEST = 255;

  private ChangedImages() {}

  static LabeledImages of(
      Engine engine, LabeledImages images, Augmentation augmentation, long seed) {
    int size = Math.min(BATCH, images.count());
    Expr batch =
        Expr.samplesInput(
            "changed/images", size, images.height(), images.width(), images.channels());
    Expr number = Expr.input("changed/number");
    Expr changed = augmentation.apply(batch, RandomKey.of(seed, number).foldIn("changed"));
    byte[][] samples = new byte[images.count()][];
    try (Program program = engine.compile(Step.named("change").output("images", changed))) {
      for (int from = 0; from < images.count(); from += size) {
        int[] positions = positions(from, size, images.count());
        Feed feed =
            Feed.of(batch, images.batch(positions))
                .and(number, Array.scalar(Math.floorDiv(from, size)));
        double[] values = program.run(feed).get("images").toDoubles();
        int each = values.length / size;
        for (int i = 0; i < size; i++) {
          samples[positions[i]] = rounded(Arrays.copyOfRange(values, i * each, (i + 1) * each));
        }
      }
    }
    return LabeledImages.of(
        images.height(),
        images.width(),
        images.channels(),
        samples,
        images.labels(),
        images.classNames());
  }

  /** A batch of full size: beyond the last image that one is repeated. */
  private static int[] positions(int from, int size, int count) {
    return IntStream.range(from, from + size).map(i -> Math.min(i, count - 1)).toArray();
  }

  private static byte[] rounded(double[] values) {
    byte[] samples = new byte[values.length];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) Math.rint(LARGEST * Math.min(1, Math.max(0, values[i])));
    }
    return samples;
  }
}
