package io.github.bilevel4j.data;

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
import java.util.OptionalInt;
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

  /** The least and the largest side to which pictures of different sizes are brought. */
  private static final int LEAST_SIDE = 32;

  private static final int MOST_SIDE = 224;

  /** Of pictures that stay in their files, so many pixels are decoded to find damage. */
  private static final long MOST_TRIED_PIXELS = 1L << 31;

  private final Path source;
  private final ImmutableList<PictureFile> files;
  private final byte[][] images;

  /** The sizes of pictures that were looked at, or 0. */
  private final int[] heights;

  private final int[] widths;

  /** Whether a picture was decoded without fault. */
  private final boolean[] isIntact;

  /** What is wrong with a file, by its position. */
  private final SortedMap<Integer, String> faults = new ConcurrentSkipListMap<>();

  private final SortedSet<Integer> extraneous = new ConcurrentSkipListSet<>();

  private Decoding(Path source, ImmutableList<PictureFile> files) {
    this.source = source;
    this.files = files;
    this.images = new byte[files.size()][];
    this.heights = new int[files.size()];
    this.widths = new int[files.size()];
    this.isIntact = new boolean[files.size()];
  }

  /** What is wrong with each file that cannot be decoded, by its path and in the files' order. */
  static ImmutableMap<String, String> faults(Path source, ImmutableList<PictureFile> files) {
    Decoding decoding = new Decoding(source, files);
    decoding.positions(0).forEach(decoding::tryAlone);
    ImmutableMap.Builder<String, String> faults = ImmutableMap.builder();
    decoding.faults.forEach((i, fault) -> faults.put(files.get(i).path(), fault));
    return faults.buildOrThrow();
  }

  /**
   * Decodes pictures of one size into memory. Others stay in their files: those that do not fit
   * into memory, and those of different sizes or of another than asked for, which are brought to a
   * square when they are decoded.
   *
   * @param settings whether those that are damaged are left out, with a warning, and which size all
   *     are brought to
   * @throws UsageError if one is damaged and should not be left out, or none is left
   */
  static DecodedPictures decoded(
      Path source, ImmutableList<PictureFile> files, DataSettings settings) {
    return new Decoding(source, files).decoded(settings);
  }

  private DecodedPictures decoded(DataSettings settings) {
    DecodedPictures decoded = held(settings.imageSize()).orElseGet(() -> left(settings));
    if (faults.size() == files.size() || (!faults.isEmpty() && !settings.skipDamaged())) {
      throw damaged();
    }
    warn("are damaged and left out", faults.keySet());
    warn("have extraneous bytes, which are passed over", extraneous);
    return decoded;
  }

  /** In memory, if they are all of one size, which is that asked for, and fit there. */
  private Optional<DecodedPictures> held(OptionalInt side) {
    if (side.isPresent()) {
      lookAtAll();
    }
    int first = first();
    if (first == files.size()) {
      throw damaged();
    }
    if ((side.isPresent() && !isSquare(first, side.getAsInt()))
        || Heap.lacks(imageBytes(files.size(), heights[first], widths[first]))) {
      return Optional.empty();
    }
    positions(imageBytes(files.size(), heights[first], widths[first])).forEach(i -> hold(i, first));
    boolean isOneSize =
        IntStream.range(0, files.size())
            .allMatch(i -> faults.containsKey(i) || isSizeOf(i, first) || !isIntact(i));
    if (isOneSize) {
      return Optional.of(
          new DecodedPictures(
              heights[first],
              widths[first],
              files.size(),
              kept(),
              kept -> ImageSamples.of(take(kept)),
              ""));
    }
    Arrays.fill(images, null);
    return Optional.empty();
  }

  /** The position of the first picture that can be decoded, or behind all. */
  private int first() {
    int first = 0;
    while (first < files.size() && !isIntact(first)) {
      first++;
    }
    return first;
  }

  private void hold(int position, int first) {
    try {
      if (!faults.containsKey(position)) {
        EncodedPicture encoded = looked(position);
        if (isSizeOf(position, first)) {
          images[position] = decoded(position, encoded).rgb();
        }
      }
    } catch (IOException e) {
      blame(position, e);
    }
  }

  private byte[][] take(int[] positions) {
    return IntStream.of(positions).mapToObj(i -> images[i]).toArray(byte[][]::new);
  }

  /** In their files. */
  private DecodedPictures left(DataSettings settings) {
    lookAtAll();
    if (known().mapToLong(i -> (long) heights[i] * widths[i]).sum() <= MOST_TRIED_PIXELS) {
      positions(0).forEach(this::isIntact);
    }
    if (faults.size() == files.size()) {
      throw damaged();
    }
    int first = known().findFirst().orElseThrow();
    if (settings.imageSize().isEmpty() && known().allMatch(i -> isSizeOf(i, first))) {
      return new DecodedPictures(
          heights[first],
          widths[first],
          files.size(),
          kept(),
          kept -> new DecodedImages(source, filesAt(kept), heights[first], widths[first]),
          ", decoded when needed");
    }
    int[] shorter = known().map(i -> Math.min(heights[i], widths[i])).sorted().toArray();
    int side = settings.imageSize().orElse(Math.max(LEAST_SIDE, Math.min(MOST_SIDE, shorter[0])));
    String reason =
        settings.imageSize().isPresent()
            ? ""
            : String.format(
                Locale.ROOT,
                " (shorter sides are %,d to %,d; --image-size chooses another)",
                shorter[0],
                shorter[shorter.length - 1]);
    return new DecodedPictures(
        side,
        side,
        files.size(),
        kept(),
        kept -> new OriginalPictures(source, filesAt(kept), side),
        ", brought to %d x %d%s".formatted(side, side, reason));
  }

  /** Reads headers and structures, so far as they are not known. */
  private void lookAtAll() {
    positions(0)
        .filter(i -> heights[i] == 0 && !faults.containsKey(i))
        .forEach(
            i -> {
              try {
                looked(i);
              } catch (IOException e) {
                blame(i, e);
              }
            });
  }

  private EncodedPicture looked(int position) throws IOException {
    EncodedPicture encoded = files.get(position).encoded();
    heights[position] = encoded.height();
    widths[position] = encoded.width();
    return encoded;
  }

  private boolean isSizeOf(int position, int other) {
    return heights[position] == heights[other] && widths[position] == widths[other];
  }

  private boolean isSquare(int position, int side) {
    return heights[position] == side && widths[position] == side;
  }

  /** The positions of pictures without a known fault. */
  private IntStream known() {
    return IntStream.range(0, files.size()).filter(i -> !faults.containsKey(i));
  }

  private int[] kept() {
    return known().toArray();
  }

  /** Whether a picture can be decoded, which is tried unless it is known. */
  private boolean isIntact(int position) {
    if (!isIntact[position] && !faults.containsKey(position)) {
      tryAlone(position);
    }
    return isIntact[position];
  }

  /** For pictures of any sizes; large ones are decoded one at a time. */
  private void tryAlone(int position) {
    try {
      EncodedPicture encoded = looked(position);
      if (Heap.lacks(threads() * encoded.decodingBytes())) {
        synchronized (this) {
          decoded(position, encoded);
        }
      } else {
        decoded(position, encoded);
      }
    } catch (IOException e) {
      blame(position, e);
    }
  }

  private Picture decoded(int position, EncodedPicture encoded) throws IOException {
    Picture picture = Picture.decoded(encoded);
    isIntact[position] = true;
    if (picture.hasExtraneousBytes()) {
      extraneous.add(position);
    }
    return picture;
  }

  private void blame(int position, IOException failure) {
    faults.put(position, Folder.shown(ReadFailure.reason(failure)));
  }

  private UsageError damaged() {
    ImmutableList<PictureFile> damaged = filesAt(faults.keySet());
    if (damaged.size() == 1) {
      return damaged.get(0).unreadable(source, faults.values().iterator().next());
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

  private ImmutableList<PictureFile> filesAt(int[] positions) {
    return IntStream.of(positions).mapToObj(files::get).collect(ImmutableList.toImmutableList());
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

  /** All positions, in parallel if there is memory to decode so many beside the bytes. */
  private IntStream positions(long otherBytes) {
    IntStream positions = IntStream.range(0, files.size());
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
}
