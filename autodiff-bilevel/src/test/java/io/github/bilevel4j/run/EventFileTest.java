package io.github.bilevel4j.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import com.google.protobuf.InvalidProtocolBufferException;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.solver.Solver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.HistogramProto;
import org.tensorflow.proto.Summary;

/** Read back by TensorFlow's own messages. */
class EventFileTest {
  @TempDir Path folder;

  private EventFile create() {
    return EventFile.create(folder.resolve(EventFile.NAME), new FailedWrites(line -> {}));
  }

  private List<Event> events() throws IOException {
    ByteBuffer file =
        ByteBuffer.wrap(Files.readAllBytes(folder.resolve(EventFile.NAME)))
            .order(ByteOrder.LITTLE_ENDIAN);
    List<Event> events = new ArrayList<>();
    while (file.hasRemaining()) {
      byte[] length = next(file, Long.BYTES);
      int bytes = (int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong();
      assertThat(file.getInt()).isEqualTo(masked(length));
      byte[] data = next(file, bytes);
      assertThat(file.getInt()).isEqualTo(masked(data));
      events.add(parsed(data));
    }
    return events;
  }

  private static Event parsed(byte[] data) throws InvalidProtocolBufferException {
    return Event.parseFrom(data);
  }

  private static byte[] next(ByteBuffer file, int bytes) {
    byte[] next = new byte[bytes];
    file.get(next);
    return next;
  }

  private static int masked(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    int c = (int) crc.getValue();
    return ((c >>> 15) | (c << 17)) + 0xa282ead8;
  }

  @Test
  void scalarsOfEachStep() throws IOException {
    try (EventFile file = create()) {
      MetricsListener listener = file.phase("umm");
      listener.measured(0, ImmutableMap.of("inner/ssl", 1.5, "outer/ssl", Double.NaN));
      listener.measured(300, ImmutableMap.of("inner/ssl", Double.NEGATIVE_INFINITY));
    }
    List<Event> events = events();
    assertThat(events).hasSize(3);
    assertThat(events.get(0).getFileVersion()).isEqualTo("brain.Event:2");
    assertThat(events.get(0).getWallTime())
        .isCloseTo(System.currentTimeMillis() / 1000.0, within(3600.0));
    Summary first = events.get(1).getSummary();
    assertThat(first.getValueList())
        .extracting(Summary.Value::getTag)
        .containsExactly("umm/inner/ssl", "umm/outer/ssl", "umm/steps per second");
    assertThat(first.getValue(0).getSimpleValue()).isEqualTo(1.5f);
    assertThat(first.getValue(1).getSimpleValue()).isNaN();
    assertThat(first.getValue(2).getSimpleValue()).isPositive();
    assertThat(events.get(1).getStep()).isZero();
    assertThat(events.get(2).getStep()).isEqualTo(300);
    assertThat(events.get(2).getSummary().getValue(0).getSimpleValue())
        .isEqualTo(Float.NEGATIVE_INFINITY);
  }

  @Test
  void learningRatesOfEachStep() throws IOException {
    try (EventFile file = create()) {
      MetricsListener listener = file.phase("umm");
      listener.onStart(
          new Solver() {
            @Override
            public ImmutableMap<String, Double> step(Feed feed) {
              return ImmutableMap.of();
            }

            @Override
            public ImmutableMap<String, Double> learningRates(int step) {
              return ImmutableMap.of("learning rate", 1.0 / step);
            }
          });
      listener.measured(4, ImmutableMap.of());
    }
    Summary.Value rate = events().get(1).getSummary().getValue(0);
    assertThat(rate.getTag()).isEqualTo("umm/learning rate");
    assertThat(rate.getSimpleValue()).isEqualTo(0.25f);
  }

  @Test
  void histograms() throws IOException {
    try (EventFile file = create()) {
      file.histogram("weights", 7, new double[] {0, 1, 2, 30, Double.NaN});
      file.histogram("constant", 8, new double[] {5, 5});
      file.histogram("nothing", 9, new double[] {Double.NaN});
    }
    assertThat(events()).hasSize(3);
    HistogramProto histogram = events().get(1).getSummary().getValue(0).getHisto();
    assertThat(histogram.getMin()).isZero();
    assertThat(histogram.getMax()).isEqualTo(30);
    assertThat(histogram.getNum()).isEqualTo(4);
    assertThat(histogram.getSum()).isEqualTo(33);
    assertThat(histogram.getSumSquares()).isEqualTo(905);
    assertThat(histogram.getBucketLimit(0)).isEqualTo(1);
    assertThat(histogram.getBucketLimit(29)).isEqualTo(30);
    assertThat(histogram.getBucketList().subList(0, 4)).containsExactly(1.0, 1.0, 1.0, 0.0);
    assertThat(histogram.getBucket(29)).isEqualTo(1);
    HistogramProto constant = events().get(2).getSummary().getValue(0).getHisto();
    assertThat(constant.getBucketList().stream().mapToDouble(x -> x).sum()).isEqualTo(2);
  }

  @Test
  void pictures() throws IOException {
    byte[] png = "PNG".getBytes(UTF_8);
    try (EventFile file = create()) {
      file.image("views", 3, 20, 10, png);
    }
    Summary.Value value = events().get(1).getSummary().getValue(0);
    assertThat(value.getTag()).isEqualTo("views");
    assertThat(value.getImage().getHeight()).isEqualTo(20);
    assertThat(value.getImage().getWidth()).isEqualTo(10);
    assertThat(value.getImage().getColorspace()).isEqualTo(3);
    assertThat(value.getImage().getEncodedImageString().toByteArray()).isEqualTo(png);
  }

  @Test
  void goesOnWhereACheckpointWas() throws IOException {
    long position;
    try (EventFile file = create()) {
      file.phase("p").measured(1, ImmutableMap.of("loss", 1.0));
      position = file.sync();
      file.phase("p").measured(2, ImmutableMap.of("loss", 2.0));
    }
    Path path = folder.resolve(EventFile.NAME);
    Files.write(path, Arrays.copyOf(Files.readAllBytes(path), (int) position + 5));
    try (EventFile file = EventFile.resume(path, position, new FailedWrites(line -> {}))) {
      file.phase("p").measured(2, ImmutableMap.of("loss", 3.0));
    }
    assertThat(events()).extracting(Event::getStep).containsExactly(0L, 1L, 2L);
    assertThat(events().get(2).getSummary().getValue(0).getSimpleValue()).isEqualTo(3f);
  }
}
