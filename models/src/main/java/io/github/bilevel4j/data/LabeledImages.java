package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * {@code n} images of one size with a class label each, or none with any. Pixels are 8-bit samples
 * {@code [height, width, channels]} in row-major order, which subsets share. Immutable.
 */
public final class LabeledImages {
  private static final int LEVELS = 256;

  /** Sets of at most so many bytes are kept on the device. */
  private static final long MOST_RESIDENT_BYTES = 1 << 30;

  /** Of images that are read when they are asked for, so many tell of the channels of all. */
  private static final int MOST_MEASURED = 4096;

  private final int height;
  private final int width;
  private final int channels;
  private final ImageSamples images;
  private final int[] labels;
  private final ImmutableList<String> classNames;
  private Optional<long[][]> histograms = Optional.empty();

  private LabeledImages(
      int height,
      int width,
      int channels,
      ImageSamples images,
      int[] labels,
      List<String> classNames) {
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.images = images;
    this.labels = labels;
    this.classNames = ImmutableList.copyOf(classNames);
  }

  /**
   * Images given as unsigned 8-bit samples; all arrays are copied.
   *
   * @param images {@code n} arrays of {@code height * width * channels} samples, channels last
   * @param labels {@code n} numbers of classes
   * @throws IllegalArgumentException if there is no image, an array has another length, there are
   *     more or fewer labels than images, or a label is not the position of a class name
   */
  public static LabeledImages of(
      int height, int width, int channels, byte[][] images, int[] labels, List<String> classNames) {
    byte[][] copies = Arrays.stream(images).map(byte[]::clone).toArray(byte[][]::new);
    return owning(height, width, channels, copies, labels.clone(), classNames);
  }

  /** As {@link #of} without the copy: the caller must not keep the arrays. */
  static LabeledImages owning(
      int height, int width, int channels, byte[][] images, int[] labels, List<String> classNames) {
    requireSizes(height, width, channels, images);
    return of(height, width, channels, ImageSamples.of(images), labels, classNames);
  }

  /** Images that are where they are; the caller must not keep the labels. */
  static LabeledImages of(
      int height,
      int width,
      int channels,
      ImageSamples images,
      int[] labels,
      List<String> classNames) {
    requireImages(images);
    requireLabels(images.count(), labels, classNames);
    return new LabeledImages(height, width, channels, images, labels, classNames);
  }

  /** Images without labels: there are no classes. */
  static LabeledImages unlabeled(int height, int width, int channels, ImageSamples images) {
    requireImages(images);
    return new LabeledImages(height, width, channels, images, new int[0], List.of());
  }

  private static void requireImages(ImageSamples images) {
    if (images.count() == 0) {
      throw UsageError.in("labeled images").because("there is no image").maybe("a path is wrong.");
    }
  }

  private static void requireSizes(int height, int width, int channels, byte[][] images) {
    double size = (double) height * width * channels;
    for (int i = 0; i < images.length; i++) {
      if (height < 0 || width < 0 || channels < 0 || images[i].length != size) {
        throw UsageError.in("labeled images")
            .because("image %d has a wrong number of samples", i)
            .value("size", "[%d, %d, %d]".formatted(height, width, channels))
            .value("needs", String.format(Locale.ROOT, "%.0f", size))
            .value("has", images[i].length)
            .maybe("height, width and channels are in another order.");
      }
    }
  }

  private static void requireLabels(int count, int[] labels, List<String> classNames) {
    if (labels.length != count) {
      throw UsageError.in("labeled images")
          .because("%d images have %d labels", count, labels.length)
          .maybe("labels and images come from different files.");
    }
    for (int i = 0; i < count; i++) {
      if (labels[i] < 0 || labels[i] >= classNames.size()) {
        throw UsageError.in("labeled images")
            .because("image %d has label %d of %d classes", i, labels[i], classNames.size())
            .maybe("labels should count from 0.");
      }
    }
  }

  /** The number of images, {@code n}. */
  public int count() {
    return images.count();
  }

  /** The height of each image in pixels. */
  public int height() {
    return height;
  }

  /** The width of each image in pixels. */
  public int width() {
    return width;
  }

  /** The number of samples of each pixel. */
  public int channels() {
    return channels;
  }

  /** The names of the classes; position {@code k} names label {@code k}. */
  public ImmutableList<String> classNames() {
    return classNames;
  }

  /** Whether the images have classes. */
  public boolean hasLabels() {
    return !classNames.isEmpty();
  }

  /** The number of classes, 0 if there are no labels. */
  public int classCount() {
    return classNames.size();
  }

  /**
   * The class of one image, in {@code [0, classCount)}.
   *
   * @throws UsageError if there are no labels
   */
  public int label(int index) {
    requireLabels();
    return labels[index];
  }

  /**
   * The classes of all images, {@code [n]}.
   *
   * @throws UsageError if there are no labels
   */
  public int[] labels() {
    requireLabels();
    return labels.clone();
  }

  private void requireLabels() {
    if (!hasLabels()) {
      throw UsageError.in("labels")
          .because("the images have no classes")
          .value("images", this)
          .maybe("they serve for pre-training only: give images sorted into classes here.");
    }
  }

  /**
   * The classes of the images at {@code indices}.
   *
   * @throws UsageError if there are no labels
   */
  public int[] labels(int[] indices) {
    return Arrays.stream(indices).map(this::label).toArray();
  }

  /**
   * A batch with values {@code sample / 255} in [0, 1].
   *
   * @return {@code [indices.length, height, width, channels]} in row-major order
   * @throws IllegalArgumentException if these are more numbers than an array can hold
   */
  public double[] pixels(int[] indices) {
    int size = height * width * channels;
    if ((long) indices.length * size > Integer.MAX_VALUE - 8) {
      throw UsageError.in("pixels")
          .because("a batch of %,d images is too large for an array", indices.length)
          .value("images", this)
          .maybe("the batch should be smaller.");
    }
    double[] batch = new double[indices.length * size];
    positions(indices.length)
        .forEach(
            i -> {
              byte[] image = samples(indices[i]);
              for (int j = 0; j < size; j++) {
                batch[i * size + j] = (image[j] & 0xff) / 255.0;
              }
            });
    return batch;
  }

  /** In parallel where images must be read first. */
  private IntStream positions(int count) {
    IntStream positions = IntStream.range(0, count);
    return isInMemory() ? positions : positions.parallel();
  }

  /** Where the samples are. */
  ImageSamples images() {
    return images;
  }

  /**
   * All images as an array of samples {@code [n, height, width, channels]}, to be kept on a device:
   * of sets that are in memory and have at most 1 GiB.
   */
  public Optional<Array> resident() {
    long bytes = (long) count() * height * width * channels;
    return images
        .inMemory()
        .filter(rows -> bytes > 0 && bytes <= MOST_RESIDENT_BYTES)
        .map(rows -> Array.ofSamples(Shape.of(count(), height, width, channels), rows));
  }

  /** Whether the samples are in memory, so that no file is read for a batch of them. */
  public boolean isInMemory() {
    return images.inMemory().isPresent();
  }

  /**
   * A batch as it is, {@code [indices.length, height, width, channels]}; of images in memory
   * nothing is copied.
   */
  public Array batch(int[] indices) {
    byte[][] rows = images.take(indices).inMemory().orElseGet(() -> read(indices));
    return Array.ofSamples(Shape.of(indices.length, height, width, channels), rows);
  }

  private byte[][] read(int[] indices) {
    byte[][] rows = new byte[indices.length][];
    positions(indices.length).forEach(i -> rows[i] = samples(indices[i]));
    return rows;
  }

  /**
   * Whether the images are parts of larger pictures, of any sizes, from which {@link ImageStream}
   * can cut crops.
   */
  public boolean hasOriginals() {
    return images instanceof OriginalPictures;
  }

  /** The samples of one image, {@code [height, width, channels]} in row-major order, unsigned. */
  public byte[] samples(int index) {
    byte[] samples = new byte[height * width * channels];
    images.copy(index, samples, 0);
    return samples;
  }

  /** The images at {@code indices}, in that order; an index may come more than once. */
  public LabeledImages take(int[] indices) {
    ImageSamples taken = images.take(indices.clone());
    return hasLabels()
        ? of(height, width, channels, taken, labels(indices), classNames)
        : unlabeled(height, width, channels, taken);
  }

  /** The first {@code count} images, or all if there are fewer. */
  public LabeledImages first(int count) {
    return take(IntStream.range(0, Math.min(count, count())).toArray());
  }

  /**
   * The mean of each channel over all pixels of all images, on the scale [0, 1]. Of images that are
   * read from their files when they are asked for, 4096 that are evenly spaced in the set count.
   */
  public double[] channelMean() {
    return Arrays.stream(histograms()).mapToDouble(levels -> mean(levels) / 255).toArray();
  }

  /**
   * The standard deviation {@code sqrt(mean((x - mean(x))^2))} of each channel over all pixels of
   * the images of {@link #channelMean} (divisor: the number of pixels), on the scale [0, 1].
   */
  public double[] channelStd() {
    return Arrays.stream(histograms())
        .mapToDouble(levels -> standardDeviation(levels) / 255)
        .toArray();
  }

  /**
   * How many pixels have each level in each channel, so that the moments come from exact whole
   * numbers.
   */
  private synchronized long[][] histograms() {
    if (histograms.isEmpty()) {
      histograms = Optional.of(counted());
    }
    return histograms.get();
  }

  private long[][] counted() {
    int measured = isInMemory() ? count() : Math.min(count(), MOST_MEASURED);
    return positions(measured)
        .collect(
            () -> new long[channels][LEVELS],
            (pixelsAt, i) -> count(samples((int) ((long) i * count() / measured)), pixelsAt),
            (all, others) -> {
              for (int c = 0; c < channels; c++) {
                for (int level = 0; level < LEVELS; level++) {
                  all[c][level] += others[c][level];
                }
              }
            });
  }

  private void count(byte[] image, long[][] pixelsAt) {
    for (int i = 0; i < image.length; i++) {
      pixelsAt[i % channels][image[i] & 0xff]++;
    }
  }

  private static double mean(long[] pixelsAt) {
    long sum = 0;
    for (int level = 0; level < LEVELS; level++) {
      sum += pixelsAt[level] * level;
    }
    return (double) sum / Arrays.stream(pixelsAt).sum();
  }

  private static double standardDeviation(long[] pixelsAt) {
    double mean = mean(pixelsAt);
    double sum = 0;
    for (int level = 0; level < LEVELS; level++) {
      sum += pixelsAt[level] * (level - mean) * (level - mean);
    }
    return Math.sqrt(sum / Arrays.stream(pixelsAt).sum());
  }

  /** Whether the other images have the same size, channels and class names, if there are any. */
  boolean isLike(LabeledImages other) {
    return height == other.height
        && width == other.width
        && channels == other.channels
        && (!hasLabels() || Objects.equals(classNames, other.classNames));
  }

  /** For instance {@code 50,000 images [32, 32, 3] in 10 classes}. */
  @Override
  public String toString() {
    String images =
        String.format(Locale.ROOT, "%,d images [%d, %d, %d]", count(), height, width, channels);
    return images + (hasLabels() ? " in " + classCount() + " classes" : " without classes");
  }
}
