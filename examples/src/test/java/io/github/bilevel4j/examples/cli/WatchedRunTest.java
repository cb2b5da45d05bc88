package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.base.Splitter;
import io.github.bilevel4j.experiment.RunFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.htmlunit.WebClient;
import org.htmlunit.html.HtmlPage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.Summary;

/** What can be watched of runs: events and reports. */
class WatchedRunTest {
  @TempDir Path folder;

  /** All values but the times, in the order in which they were written. */
  private static List<String> events(Path run) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.wrap(Files.readAllBytes(run.resolve(RunFolder.EVENTS)))
            .order(ByteOrder.LITTLE_ENDIAN);
    List<String> written = new ArrayList<>();
    while (bytes.hasRemaining()) {
      byte[] data = new byte[(int) bytes.getLong()];
      bytes.getInt();
      bytes.get(data);
      bytes.getInt();
      Event event = Event.parseFrom(data);
      for (Summary.Value value : event.getSummary().getValueList()) {
        if (!value.getTag().endsWith("/steps per second")) {
          written.add(event.getStep() + " " + value);
        }
      }
    }
    return written;
  }

  private static List<String> scalars(Path run) throws IOException {
    return Files.readAllLines(run.resolve(RunFolder.METRICS)).stream()
        .skip(1)
        .map(line -> Splitter.on(',').splitToList(line))
        .map(
            line ->
                line.get(1)
                    + " "
                    + Summary.Value.newBuilder()
                        .setTag(line.get(0) + "/" + line.get(2))
                        .setSimpleValue(Float.parseFloat(line.get(3))))
        .toList();
  }

  private Path run(Object... arguments) throws IOException {
    CommandLineTest.drawPictures(folder.resolve("data"));
    Path run = folder.resolve("run");
    List<Object> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data", folder.resolve("data"), "--batch", 8, "--device", "cpu"));
    all.addAll(List.of("--out", run));
    Ending ended = Ending.of(all.toArray());
    assertThat(ended.status()).as(ended.err()).isZero();
    return run;
  }

  private static List<String> steps(List<String> events, String tag) {
    return events.stream()
        .filter(event -> event.contains("tag: \"" + tag + "\""))
        .map(event -> event.substring(0, event.indexOf(' ')))
        .toList();
  }

  @Test
  void aResumedRunHasEachEventOnce() throws IOException {
    Path run =
        run(
            "pretrain",
            "simclr",
            "--epochs",
            3,
            "--checkpoint",
            "1steps",
            "--keep",
            100,
            "--tensorboard=histograms,images");
    List<String> whole = events(run);
    List<String> scalars = scalars(run);
    assertThat(scalars).isNotEmpty();
    assertThat(whole).containsAll(scalars).doesNotHaveDuplicates();
    assertThat(steps(whole, "pretrain/views")).containsExactly("0");
    int epoch = scalars.size() / 3 / 3;
    assertThat(steps(whole, "pretrain/layer1/conv/weight"))
        .containsExactly("0", String.valueOf(epoch), String.valueOf(2 * epoch));
    List<Path> checkpoints;
    try (Stream<Path> files = Files.list(run.resolve("checkpoints"))) {
      checkpoints = files.sorted().toList();
    }
    for (int left : new int[] {checkpoints.size() / 2, 1, 0}) {
      for (Path late : checkpoints.subList(left, checkpoints.size())) {
        Files.deleteIfExists(late);
      }
      Files.delete(run.resolve("summary.json"));
      Ending ended = Ending.of("resume", run);
      assertThat(ended.status()).as(ended.err()).isZero();
      assertThat(events(run)).isEqualTo(whole);
      checkpoints = checkpoints.subList(0, left);
    }
  }

  @Test
  void withoutTheOptionThereAreNoEvents() throws IOException {
    assertThat(run("pretrain", "simclr", "--epochs", 1).resolve("tensorboard")).doesNotExist();
  }

  @Test
  void theReportAgreesWithTheMeasurements() throws IOException {
    Path run = run("pretrain", "simclr", "--epochs", 3);
    Map<String, List<Double>> metrics = new LinkedHashMap<>();
    for (String line : Files.readAllLines(run.resolve(RunFolder.METRICS))) {
      List<String> cells = Splitter.on(',').splitToList(line);
      if (!cells.get(1).equals("step")) {
        metrics
            .computeIfAbsent(cells.get(2), metric -> new ArrayList<>())
            .add(Double.parseDouble(cells.get(3)));
      }
    }
    try (WebClient browser = new WebClient()) {
      HtmlPage page = browser.getPage(run.resolve("report.html").toUri().toURL());
      List<String> curves =
          page.getElementsByTagName("polyline").stream()
              .map(line -> line.getAttribute("points"))
              .toList();
      assertThat(curves).hasSameSizeAs(metrics.keySet());
      int curve = 0;
      for (List<Double> values : metrics.values()) {
        assertSame(Splitter.on(' ').splitToList(curves.get(curve)), values);
        curve++;
      }
      assertThat(page.getElementsByTagName("img").get(0).getAttribute("src"))
          .startsWith("data:image/png;base64,");
      assertThat(page.getBody().getTextContent())
          .contains(
              "./bilevel4j pretrain simclr --epochs 3",
              "interrupted: false",
              "seconds since it was begun or resumed",
              "Java's heap at most, MB",
              "the process at most, MB");
    }
  }

  /** The height of a point is that of the value between the least and the most. */
  private static void assertSame(List<String> points, List<Double> values) {
    double least = values.stream().mapToDouble(value -> value).min().orElseThrow();
    double most = values.stream().mapToDouble(value -> value).max().orElseThrow();
    assertThat(points).hasSameSizeAs(values);
    for (int i = 0; i < points.size(); i++) {
      double y = Double.parseDouble(Splitter.on(',').splitToList(points.get(i)).get(1));
      assertThat(most - (y - 10) / 180 * (most - least))
          .isCloseTo(values.get(i), within((most - least) / 1e4));
    }
  }

  @Test
  void aProblemWithAKnownAnswerHasThemToo() throws IOException {
    Path run = folder.resolve("run");
    Ending ended = Ending.of("bilevel", "ridge", "--steps", 4, "--tensorboard", "--out", run);
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(events(run)).isNotEmpty().containsExactlyElementsOf(scalars(run));
    assertThat(run.resolve("report.html")).content().contains("polyline", "interrupted: false");
  }
}
