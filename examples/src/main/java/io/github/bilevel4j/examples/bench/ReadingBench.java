package io.github.bilevel4j.examples.bench;

import io.github.bilevel4j.data.BatchOrder;
import io.github.bilevel4j.data.Batches;
import io.github.bilevel4j.data.DataSettings;
import io.github.bilevel4j.data.DataSource;
import io.github.bilevel4j.data.ImageStream;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.data.PictureCrop;
import io.github.bilevel4j.examples.report.Table;
import java.util.List;

/** Times the reading of pictures of different sizes: two crops of each, as pre-training needs. */
public final class ReadingBench {
  private static final PictureCrop CROP = new PictureCrop(224, 0.08, 1, 3.0 / 4, 4.0 / 3, true);

  private ReadingBench() {}

  /**
   * Times it in a folder that is made for it.
   *
   * @param count the number of pictures
   * @param different the number of those that differ
   * @param batch the number of pictures in a step
   * @param steps how many are measured, after one
   */
  public static Table run(int count, int different, int batch, int steps, long seed) {
    try (PictureFolder folder = PictureFolder.of(count, different, seed)) {
      long start = System.nanoTime();
      LabeledImages images =
          DataSource.read(folder.root().toString(), DataSettings.of().imageSize(CROP.size()))
              .train();
      double opened = (System.nanoTime() - start) / 1e9;
      BatchOrder order = new BatchOrder(new Batches(images.count(), batch, seed));
      try (ImageStream stream = ImageStream.ofCrops(images, order, List.of(CROP, CROP), false)) {
        double first = seconds(stream, 0);
        double all = 0;
        for (int step = 1; step <= steps; step++) {
          all += seconds(stream, step);
        }
        return Table.of("pictures", "opened, s", "first batch, s", "pictures/s", "crops/s")
            .formatted(
                "%,d|%.2f|%.2f|%.1f|%.1f",
                images.count(), opened, first, steps * batch / all, 2.0 * steps * batch / all);
      }
    }
  }

  private static double seconds(ImageStream stream, int step) {
    long start = System.nanoTime();
    stream.at(step);
    return (System.nanoTime() - start) / 1e9;
  }
}
