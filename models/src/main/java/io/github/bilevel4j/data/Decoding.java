package io.github.bilevel4j.data;

import com.google.common.annotations.VisibleForTesting;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The decoding of an image folder's pictures, on all cores where memory allows. Every file is
 * tried, so that all that are damaged are told at once.
 */
final class Decoding {
  private static final Logger LOG = LoggerFactory.getLogger(ImageFolder.class);

  /** What an array takes beside its elements, with the reference to it. */
  private static final int ARRAY_OVERHEAD = 24;

  /** What a pixel takes while it is decoded: up to four samples of 16 bits, and three of 8. */
  private static final int PIXEL_BYTES = 11;

  private static final int LEAST_DEFAULT_SIDE = 32;
  private static final int MOST_DEFAULT_SIDE = 224;

  private final Path source;
  private final ImmutableList<PictureFile> files;
  private final byte[][] images;

  /** The shorter side of each picture that was looked at. */
  private final int[] shorterSides;

  /** What is wrong with a file, by its position. */
  private final SortedMap<Integer, String> faults = new ConcurrentSkipListMap<>();

  private final SortedSet<Integer> extraneous = new ConcurrentSkipListSet<>();
  private final SortedSet<Integer> otherSizes = new ConcurrentSkipListSet<>();

  private Decoding(Path source, ImmutableList<PictureFile> files) {
    this.source = source;
    this.files = files;
    this.images = new byte[files.size()][];
    this.shorterSides = new int[files.size()];
  }

  /** What is wrong with each file that cannot be decoded, by its path and in the files' order. */
  static ImmutableMap<String, String> faults(Path source, ImmutableList<PictureFile> files) {
    Decoding decoding = new Decoding(source, files);
    decoding.positions(0, 0).forEach(decoding::tryAlone);
    ImmutableMap.Builder<String, String> faults = ImmutableMap.builder();
    decoding.faults.forEach((i, fault) -> faults.put(files.get(i).path(), fault));
    return faults.buildOrThrow();
  }

  /** For pictures of any sizes; large ones are decoded one at a time. */
  private void tryAlone(int position) {
    try {
      alone(files.get(position).encoded());
    } catch (IOException e) {
      blame(position, e);
    }
  }

  private Picture alone(EncodedPicture encoded) throws IOException {
    if (Heap.lacks(threads() * encoded.decodingBytes())) {
      synchronized (this) {
        return Picture.decoded(encoded);
      }
    }
    return Picture.decoded(encoded);
  }

  /**
   * Decodes pictures. Those of different sizes, or of another than asked for, are brought to a
   * square.
   *
   * @param settings whether those that cannot be decoded are left out, with a warning, and which
   *     size all are brought to
   * @throws UsageError if one cannot be decoded and should not be left out, none is left, or all
   *     together do not fit into memory
   */
  static DecodedPictures decoded(
      Path source, ImmutableList<PictureFile> files, DataSettings settings) {
    return new Decoding(source, files).decoded(settings);
  }

  private DecodedPictures decoded(DataSettings settings) {
    DecodedPictures decoded =
        settings.imageSize().isPresent()
            ? cropped(settings.imageSize().getAsInt(), "")
            : ofOneSize().orElseGet(this::ofDefaultSize);
    if (!faults.isEmpty() && !settings.skipDamaged()) {
      throw damaged();
    }
    warn("are damaged and left out", faults.keySet());
    warn("have extraneous bytes, which are passed over", extraneous);
    return decoded;
  }

  /** The pictures, unless an intact one has another size than the first. */
  private Optional<DecodedPictures> ofOneSize() {
    Picture first = first();
    requireMemory(source, files.size(), first);
    positions(start(), imageBytes(files.size(), first.height(), first.width()))
        .forEach(i -> decode(i, first));
    return otherSizes.stream().anyMatch(this::isIntact)
        ? Optional.empty()
        : Optional.of(new DecodedPictures(first.height(), first.width(), images, ""));
  }

  private DecodedPictures ofDefaultSize() {
    int[] known = IntStream.of(shorterSides).filter(side -> side > 0).toArray();
    int smallest = IntStream.of(known).min().orElseThrow();
    int side = Math.max(LEAST_DEFAULT_SIDE, Math.min(MOST_DEFAULT_SIDE, smallest));
    Arrays.fill(images, null);
    return cropped(
        side,
        String.format(
            Locale.ROOT,
            " (shorter sides are %,d to %,d; --image-size chooses another)",
            smallest,
            IntStream.of(known).max().orElseThrow()));
  }

  private DecodedPictures cropped(int side, String reason) {
    requireMemory(source, files.size(), side, side);
    CenterCrop crop = new CenterCrop(side);
    positions(0, imageBytes(files.size(), side, side)).forEach(i -> decode(i, crop));
    if (faults.size() == files.size()) {
      throw damaged();
    }
    return new DecodedPictures(
        side,
        side,
        images,
        String.format(Locale.ROOT, ", brought to %d x %d%s", side, side, reason));
  }

  private void decode(int position, CenterCrop crop) {
    try {
      Picture picture = alone(files.get(position).encoded());
      images[position] = crop.of(picture);
      if (picture.hasExtraneousBytes()) {
        extraneous.add(position);
      }
    } catch (IOException e) {
      blame(position, e);
    }
  }

  /** The first picture that can be decoded, which sets the size of all. */
  private Picture first() {
    for (int i = 0; i < files.size(); i++) {
      try {
        Picture picture = Picture.decoded(files.get(i).encoded());
        keep(i, picture);
        return picture;
      } catch (IOException e) {
        blame(i, e);
      }
    }
    throw damaged();
  }

  private void blame(int position, IOException failure) {
    faults.put(position, Folder.shown(ReadFailure.reason(failure)));
  }

  private void keep(int position, Picture picture) {
    images[position] = picture.rgb();
    shorterSides[position] = Math.min(picture.height(), picture.width());
    if (picture.hasExtraneousBytes()) {
      extraneous.add(position);
    }
  }

  /** After those that were tried in order to find the first. */
  private int start() {
    int start = 0;
    while (images[start] == null) {
      start++;
    }
    return start + 1;
  }

  private void decode(int position, Picture first) {
    try {
      EncodedPicture encoded = files.get(position).encoded();
      shorterSides[position] = Math.min(encoded.height(), encoded.width());
      if (first.isSizeOf(encoded)) {
        keep(position, Picture.decoded(encoded));
      } else {
        otherSizes.add(position);
      }
    } catch (IOException e) {
      blame(position, e);
    }
  }

  /** Whether a picture can be decoded; a damaged one may claim any size. */
  private boolean isIntact(int position) {
    tryAlone(position);
    if (faults.containsKey(position)) {
      shorterSides[position] = 0;
    }
    return !faults.containsKey(position);
  }

  private UsageError damaged() {
    ImmutableList<PictureFile> damaged = filesAt(faults.keySet());
    if (damaged.size() == 1) {
      return UsageError.in("read images")
          .because("a picture of %s cannot be read", source)
          .value("file", Folder.shown(damaged.get(0).path()))
          .value("reason", faults.values().iterator().next())
          .maybe("copy it again, save it anew as an RGB JPEG or PNG, or remove it.");
    }
    ImmutableList<String> reasons = ImmutableList.copyOf(faults.values());
    return PictureFile.rows(
            UsageError.in("read images")
                .because(
                    "%,d of %,d pictures of %s cannot be read",
                    damaged.size(), files.size(), source),
            damaged,
            reasons)
        .maybe(
            "copy them again, save them anew as RGB JPEG or PNG, or leave them out (--skip-damaged).");
  }

  private ImmutableList<PictureFile> filesAt(Collection<Integer> positions) {
    return positions.stream().map(files::get).collect(ImmutableList.toImmutableList());
  }

  private void warn(String what, Collection<Integer> positions) {
    if (!positions.isEmpty()) {
      LOG.warn(
          "{} of {} pictures of {} {}: {}",
          positions.size(),
          files.size(),
          source,
          what,
          Folder.summary(filesAt(positions).stream().map(PictureFile::path).toList()));
    }
  }

  /** The positions from the given one on, in parallel if there is memory to decode so many. */
  private IntStream positions(int from, long otherBytes) {
    IntStream positions = IntStream.range(from, files.size());
    return Heap.lacks(otherBytes + fileBytes()) ? positions : positions.parallel();
  }

  private static int threads() {
    return ForkJoinPool.getCommonPoolParallelism() + 1;
  }

  /** What as many files as there are threads take, at most. */
  private long fileBytes() {
    return FileNode.COPIES
        * files.stream()
            .map(file -> -Math.min(file.node().size(), FileNode.MOST_BYTES))
            .sorted()
            .limit(threads())
            .mapToLong(Long::longValue)
            .map(Math::negateExact)
            .sum();
  }

  /** What the images take, and those that are being decoded. */
  private static long imageBytes(int count, int height, int width) {
    long pixels = (long) height * width;
    return count * (3 * pixels + ARRAY_OVERHEAD) + threads() * (PIXEL_BYTES * pixels);
  }

  @VisibleForTesting
  static void requireMemory(Path source, int count, Picture first) {
    requireMemory(source, count, first.height(), first.width());
  }

  private static void requireMemory(Path source, int count, int height, int width) {
    long need = imageBytes(count, height, width);
    if (Heap.lacks(need)) {
      throw UsageError.in("read images")
          .because("the images of %s do not fit into memory", source)
          .value("images", String.format(Locale.ROOT, "%,d of %d x %d", count, height, width))
          .value("need", Heap.megabytes(need))
          .value("Java has", Heap.megabytes(Heap.free()))
          .maybe("resize the images first, or give Java more memory with -Xmx.");
    }
  }
}
