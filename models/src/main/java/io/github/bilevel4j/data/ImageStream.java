package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.google.common.util.concurrent.Uninterruptibles;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The images of one step after another, read and decoded ahead by a pool of threads, one for each
 * processor. What a step gets is a function of the seed and the step alone: a stream has no state
 * but what it has read ahead, and can be asked for any step, though one after another is fastest.
 *
 * <p>Memory: the batches read ahead take at most 256 MB, or one batch if that is larger, besides
 * the batch that is being used and one picture for each thread.
 *
 * <p>The threads begin with the first step that is asked for and end with {@link #close}, or when
 * nothing was asked for during ten seconds. Used by one thread at a time.
 */
public final class ImageStream implements AutoCloseable {
  private static final long MOST_BYTES_AHEAD = 256 << 20;
  private static final int MOST_STEPS_AHEAD = 8;
  private static final Duration IDLE = Duration.ofSeconds(10);

  private final LabeledImages images;
  private final BatchOrder order;
  private final ImmutableList<PictureCrop> crops;
  private final boolean whole;
  private final Map<Integer, Batch> ahead = new HashMap<>();
  private ThreadPoolExecutor pool;

  private ImageStream(
      LabeledImages images, BatchOrder order, ImmutableList<PictureCrop> crops, boolean whole) {
    this.images = images;
    this.order = order;
    this.crops = crops;
    this.whole = whole;
    this.pool = pool();
  }

  /** The images as they are. */
  public static ImageStream of(LabeledImages images, BatchOrder order) {
    return new ImageStream(images, order, ImmutableList.of(), true);
  }

  /**
   * Crops of the pictures that the images are parts of. The box of a crop follows from the seed of
   * the order, the step, the image's position in the data, and the crop's position in the list.
   *
   * @param whole whether the images as they are come as well, after the crops
   * @throws IllegalArgumentException if the images {@linkplain LabeledImages#hasOriginals have no
   *     such pictures}
   */
  public static ImageStream ofCrops(
      LabeledImages images, BatchOrder order, List<PictureCrop> crops, boolean whole) {
    if (!images.hasOriginals()) {
      throw new IllegalArgumentException("no pictures to cut crops from: " + images);
    }
    return new ImageStream(images, order, ImmutableList.copyOf(crops), whole);
  }

  private static ThreadPoolExecutor pool() {
    int threads = Runtime.getRuntime().availableProcessors();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE.toMillis(),
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(),
            new ThreadFactoryBuilder().setNameFormat("images-%d").setDaemon(true).build());
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /** The results for a step: those of each crop, then the whole images. */
  private static final class Batch {
    final byte[][][] results;
    final List<Future<?>> tasks = new ArrayList<>();

    Batch(int results, int images) {
      this.results = new byte[results][images][];
    }

    void cancel() {
      tasks.forEach(task -> task.cancel(false));
    }
  }

  /**
   * The images of a step: an array of samples {@code [n, size, size, 3]} for each crop, then, if
   * asked for, {@code [n, height, width, channels]}.
   *
   * @param step counts through all epochs from zero
   * @throws io.github.bilevel4j.check.UsageError if an image of this step cannot be read, naming
   *     its file
   * @throws UncheckedIOException if the thread is interrupted meanwhile; it stays interrupted
   */
  public ImmutableList<Array> at(int step) {
    if (!ahead.containsKey(step)) {
      forget();
    }
    for (int next = step; next <= step + stepsAhead(); next++) {
      ahead.computeIfAbsent(next, this::begun);
    }
    Batch batch = ahead.remove(step);
    await(batch);
    ImmutableList.Builder<Array> arrays = ImmutableList.builder();
    for (int i = 0; i < batch.results.length; i++) {
      arrays.add(Array.ofSamples(shape(i), batch.results[i]));
    }
    return arrays.build();
  }

  private Shape shape(int result) {
    int n = order.size();
    return result < crops.size()
        ? Shape.of(n, crops.get(result).size(), crops.get(result).size(), images.channels())
        : Shape.of(n, images.height(), images.width(), images.channels());
  }

  private int results() {
    return crops.size() + (whole ? 1 : 0);
  }

  private int stepsAhead() {
    long bytes = 0;
    for (int i = 0; i < results(); i++) {
      bytes += shape(i).size();
    }
    return (int) Math.max(1, Math.min(MOST_BYTES_AHEAD / bytes, MOST_STEPS_AHEAD));
  }

  private Batch begun(int step) {
    int[] positions = order.at(step);
    Batch batch = new Batch(results(), positions.length);
    for (int i = 0; i < positions.length; i++) {
      int place = i;
      batch.tasks.add(pool.submit(() -> read(step, positions[place], place, batch.results)));
    }
    return batch;
  }

  private void read(int step, int position, int place, byte[][][] results) {
    if (!crops.isEmpty()) {
      List<SplitMix> draws = new ArrayList<>();
      byte[][] cut = new byte[crops.size()][];
      for (int i = 0; i < crops.size(); i++) {
        draws.add(draws(step, position, i));
        cut[i] = new byte[(int) (shape(i).size() / order.size())];
        results[i][place] = cut[i];
      }
      ((OriginalPictures) images.images()).crop(position, crops, draws, cut);
    }
    if (whole) {
      results[crops.size()][place] = images.samples(position);
    }
  }

  private SplitMix draws(int step, int position, int crop) {
    long ofStep = SplitMix.stream(order.batches().seed(), step).nextLong();
    long ofImage = SplitMix.stream(ofStep, position).nextLong();
    return SplitMix.stream(ofImage, crop);
  }

  private void await(Batch batch) {
    try {
      for (Future<?> task : batch.tasks) {
        task.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      batch.cancel();
      forget();
      throw new UncheckedIOException(
          new InterruptedIOException("interrupted while images were being read"));
    } catch (ExecutionException e) {
      batch.cancel();
      forget();
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      } else if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private void forget() {
    ahead.values().forEach(Batch::cancel);
    ahead.clear();
    pool.purge();
  }

  /** Ends the threads, at once but for the pictures that they are decoding. */
  @Override
  public void close() {
    forget();
    pool.shutdown();
    Uninterruptibles.awaitTerminationUninterruptibly(pool);
    pool = pool();
  }
}
