package io.github.bilevel4j.data;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Pictures of one size, or brought to one, by the positions of their files. */
final class DecodedPictures {
  private final int height;
  private final int width;
  private final int count;

  /** The positions of files that are not left out, in order. */
  private final int[] kept;

  private final Function<int[], ImageSamples> samples;
  private final String how;

  /**
   * Pictures.
   *
   * @param count the number of files
   * @param kept the positions of files that are not left out, in order
   * @param samples where the samples of files are
   * @param how they came to their size, and where they are, for a description, or empty
   */
  DecodedPictures(
      int height,
      int width,
      int count,
      int[] kept,
      Function<int[], ImageSamples> samples,
      String how) {
    this.height = height;
    this.width = width;
    this.count = count;
    this.kept = kept;
    this.samples = samples;
    this.how = how;
  }

  int height() {
    return height;
  }

  int width() {
    return width;
  }

  /** The positions of files from one on, up to another, that are not left out. */
  int[] kept(int from, int to) {
    return IntStream.of(kept).filter(i -> i >= from && i < to).toArray();
  }

  /** The samples of files that are not left out. */
  ImageSamples samples(int[] positions) {
    return samples.apply(positions);
  }

  /** Whether samples are still in the files. */
  boolean areInFiles() {
    return samples(Arrays.copyOf(kept, 1)).inMemory().isEmpty();
  }

  /** What a description should tell: of what size they are made, and how many are left out. */
  String note() {
    int leftOut = count - kept.length;
    return how + (leftOut == 0 ? "" : String.format(Locale.ROOT, " without %,d damaged", leftOut));
  }
}
