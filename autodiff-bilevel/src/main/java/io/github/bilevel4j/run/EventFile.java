package io.github.bilevel4j.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableMap;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.github.bilevel4j.file.AppendedFile;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.solver.Solver;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;

/**
 * Measurements as TensorBoard reads them, while they are written: a file of records, each the
 * length of an {@code Event} message, the masked CRC-32C of these eight bytes, the message and its
 * masked CRC-32C. Tags are {@code PHASE/MEASUREMENT}; numbers that are not finite are written, too.
 *
 * <p>What cannot be written, because the disk is full for instance, is kept and tried again with
 * the next measurements. This is told once, and the training goes on.
 */
public final class EventFile implements AutoCloseable {
  /** The name, by which TensorBoard finds it. */
  public static final String NAME = "events.out.tfevents.bilevel4j";

  private static final String VERSION = "brain.Event:2";
  private static final int BUCKETS = 30;
  private static final double MILLISECONDS = 1000;

  // Fields of the messages Event, Summary, Summary.Value, Summary.Image and HistogramProto.
  private static final int WALL_TIME = 1;
  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;
  private static final int VALUE = 1;
  private static final int TAG = 1;
  private static final int SIMPLE_VALUE = 2;
  private static final int IMAGE = 4;
  private static final int HISTOGRAM = 5;

  private final Path file;
  private final AppendedFile records;
  private final FailedWrites failures;
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();

  private EventFile(Path file, AppendedFile records, FailedWrites failures) {
    this.file = file;
    this.records = records;
    this.failures = failures;
  }

  /**
   * Begins a new file.
   *
   * @param failures hears of records that cannot be written
   * @throws WriteException if it cannot be made
   */
  public static EventFile create(Path file, FailedWrites failures) {
    EventFile events = new EventFile(file, AppendedFile.create(file), failures);
    events.write(event(0).bytes(FILE_VERSION, VERSION));
    return events;
  }

  /**
   * Goes on with a file.
   *
   * @param position what {@link #sync} has told after the last record to keep: those after it are
   *     dropped
   * @param failures hears of records that cannot be written
   * @throws WriteException if it cannot be opened, or is shorter
   */
  public static EventFile resume(Path file, long position, FailedWrites failures) {
    return new EventFile(file, AppendedFile.resume(file, position), failures);
  }

  /**
   * A listener that writes the measurements of a phase of the run, its solver's learning rates and
   * the steps in a second.
   */
  public MetricsListener phase(String phase) {
    return new PhaseListener(phase);
  }

  private final class PhaseListener implements MetricsListener {
    private final String phase;
    private IntFunction<ImmutableMap<String, Double>> rates = step -> ImmutableMap.of();
    private long last = System.nanoTime();

    PhaseListener(String phase) {
      this.phase = phase;
    }

    @Override
    public void onStart(Solver solver) {
      rates = solver::learningRates;
    }

    @Override
    public void measured(int step, ImmutableMap<String, Double> measurements) {
      long now = System.nanoTime();
      ImmutableMap<String, Double> all =
          ImmutableMap.<String, Double>builder()
              .putAll(measurements)
              .putAll(rates.apply(step))
              .put("steps per second", 1e9 / (now - last))
              .buildKeepingLast();
      last = now;
      scalars(phase + "/", step, all);
    }
  }

  /** Writes numbers, their tags the prefix and their names. */
  public void scalars(String prefix, int step, Map<String, Double> values) {
    Message summary = new Message();
    values.forEach(
        (name, value) ->
            summary.message(
                VALUE, new Message().bytes(TAG, prefix + name).single(SIMPLE_VALUE, value)));
    write(event(step).message(SUMMARY, summary));
  }

  /** Writes a histogram of numbers, in {@value #BUCKETS} buckets of the same width. */
  public void histogram(String tag, int step, double[] numbers) {
    double[] finite = Arrays.stream(numbers).filter(Double::isFinite).toArray();
    if (finite.length == 0) {
      return;
    }
    double min = Arrays.stream(finite).min().orElseThrow();
    double max = Arrays.stream(finite).max().orElseThrow();
    double width = (max - min) / BUCKETS;
    double[] limits = new double[BUCKETS];
    double[] counts = new double[BUCKETS];
    for (int i = 0; i < BUCKETS; i++) {
      limits[i] = i == BUCKETS - 1 ? max : min + (i + 1) * width;
    }
    for (double number : finite) {
      int bucket = width > 0 ? (int) ((number - min) / width) : BUCKETS - 1;
      counts[Math.min(bucket, BUCKETS - 1)]++;
    }
    Message histogram =
        new Message()
            .real(1, min)
            .real(2, max)
            .real(3, finite.length)
            .real(4, Arrays.stream(finite).sum())
            .real(5, Arrays.stream(finite).map(x -> x * x).sum())
            .reals(6, limits)
            .reals(7, counts);
    value(step, new Message().bytes(TAG, tag).message(HISTOGRAM, histogram));
  }

  /** Writes a picture as a PNG file has it. */
  public void image(String tag, int step, int height, int width, byte[] png) {
    Message image = new Message().whole(1, height).whole(2, width).whole(3, 3).bytes(4, png);
    value(step, new Message().bytes(TAG, tag).message(IMAGE, image));
  }

  private void value(int step, Message value) {
    write(event(step).message(SUMMARY, new Message().message(VALUE, value)));
  }

  private static Message event(int step) {
    Message event = new Message().real(WALL_TIME, System.currentTimeMillis() / MILLISECONDS);
    return step == 0 ? event : event.whole(STEP, step);
  }

  private void write(Message event) {
    byte[] data = event.toBytes();
    byte[] length = littleEndian(Long.BYTES).putLong(data.length).array();
    pending.writeBytes(length);
    pending.writeBytes(checksum(length));
    pending.writeBytes(data);
    pending.writeBytes(checksum(data));
    failures.attempt(file, this::flush);
  }

  private static byte[] checksum(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    int value = (int) crc.getValue();
    return littleEndian(Integer.BYTES).putInt(Integer.rotateRight(value, 15) + 0xa282ead8).array();
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void flush() {
    if (pending.size() > 0) {
      records.append(pending.toByteArray());
      pending.reset();
    }
  }

  /**
   * Forces all records to the disk.
   *
   * @return their bytes: where the next one begins
   * @throws WriteException if records are missing in the file
   */
  @CanIgnoreReturnValue
  public long sync() {
    flush();
    records.sync();
    return records.length();
  }

  /**
   * Forces all records to the disk and closes the file.
   *
   * @throws WriteException if records are missing in it
   */
  @Override
  public void close() {
    try (records) {
      flush();
    }
  }

  /** A message of the protocol buffers format (proto3): fields by number. */
  private static final class Message {
    private static final int VARINT = 0;
    private static final int EIGHT_BYTES = 1;
    private static final int LENGTH = 2;
    private static final int FOUR_BYTES = 5;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private void varint(long value) {
      long left = value;
      for (; (left & ~0x7fL) != 0; left >>>= 7) {
        out.write((int) ((left & 0x7f) | 0x80));
      }
      out.write((int) left);
    }

    private Message field(int number, int type, byte[] content) {
      varint((long) number << 3 | type);
      out.writeBytes(content);
      return this;
    }

    Message whole(int number, long value) {
      varint((long) number << 3 | VARINT);
      varint(value);
      return this;
    }

    Message real(int number, double value) {
      return field(number, EIGHT_BYTES, littleEndian(Double.BYTES).putDouble(value).array());
    }

    Message single(int number, double value) {
      return field(number, FOUR_BYTES, littleEndian(Float.BYTES).putFloat((float) value).array());
    }

    Message reals(int number, double[] values) {
      byte[] packed = new byte[Double.BYTES * values.length];
      ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().put(values);
      return bytes(number, packed);
    }

    Message bytes(int number, byte[] value) {
      varint((long) number << 3 | LENGTH);
      varint(value.length);
      out.writeBytes(value);
      return this;
    }

    Message bytes(int number, String text) {
      return bytes(number, text.getBytes(UTF_8));
    }

    Message message(int number, Message value) {
      return bytes(number, value.toBytes());
    }

    byte[] toBytes() {
      return out.toByteArray();
    }
  }
}
