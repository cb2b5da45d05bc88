package io.github.bilevel4j.examples.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.run.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jline.utils.WCWidth;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleProgressTest {
  private static final ImmutableMap<String, Double> MANY =
      IntStream.range(0, 30)
          .boxed()
          .collect(
              ImmutableMap.toImmutableMap(
                  i -> "inner/a regularizer with a long name, number " + i, i -> i / 7.0));

  private static String printed(boolean terminal, String columns, String name) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, UTF_8);
        Progress.Bar bar = new ConsoleProgress(out, terminal, columns).start(name, 0, 2)) {
      bar.advance(ImmutableMap.of("fit", 3.0));
      bar.advance(ImmutableMap.of("fit", 2.0));
    }
    return bytes.toString(UTF_8);
  }

  private static int columns(String line) {
    return line.codePoints().map(WCWidth::wcwidth).sum();
  }

  private static String line(int width, String name, ImmutableMap<String, Double> terms) {
    ProgressLine line = new ProgressLine();
    line.show(terms);
    return line.line(width, name, 0, 1500, 3000, Duration.ofSeconds(3661));
  }

  @Test
  void showsStepsAndTerms() {
    assertThat(printed(false, null, "phase one"))
        .contains("phase one")
        .contains("2/2")
        .contains("fit 2.000");
  }

  @Test
  void aPipeGetsWholeLinesWithoutControlCharacters() {
    assertThat(printed(false, null, "bell\u0007 \u001b[31mred"))
        .doesNotContainPattern("[\\p{Cntrl}&&[^\\n]]")
        .endsWith("\n")
        .contains("bell? ?[31mred");
  }

  @ParameterizedTest
  @ValueSource(ints = {40, 80, 200})
  void theTerminalsWidthIsKept(int width) {
    List<String> drawn =
        Splitter.on('\r').splitToList(printed(true, String.valueOf(width), "phase one").strip());
    assertThat(drawn)
        .allSatisfy(line -> assertThat(columns(line.stripTrailing())).isLessThan(width));
    assertThat(Collections.max(drawn)).contains("[").contains("]");
    assertThat(printed(false, String.valueOf(width), "phase one").lines())
        .allSatisfy(line -> assertThat(columns(line)).isLessThanOrEqualTo(width));
  }

  @ParameterizedTest
  @ValueSource(ints = {40, 80, 200})
  void termsNeverSqueezeTheBar(int width) {
    String line = line(width, "a training with a name that is rather long, as it happens", MANY);
    assertThat(columns(line)).isEqualTo(width);
    int bar = Math.min(40, Math.max(10, width / 4));
    assertThat(line).contains(" 50% [" + "=".repeat(bar / 2) + " ".repeat(bar / 2) + "] 1500/3000");
    assertThat(line).doesNotContainPattern("name, number \\d+ *(,|$)");
  }

  @Test
  void whatThereIsRoomForIsShown() {
    assertThat(line(200, "umm", MANY))
        .contains(
            " (1:01:01 / 1:01:01) 0.410/s inner/a regularizer with a long name, number 0 0.000,")
        .contains("number 1 0.1429")
        .doesNotContain("number 2");
    assertThat(line(80, "umm", ImmutableMap.of("fit", Double.NaN)).stripTrailing())
        .isEqualTo(
            "umm  50% ["
                + "=".repeat(10)
                + " ".repeat(10)
                + "] 1500/3000 (1:01:01 / 1:01:01) 0.410/s fit NaN");
  }

  @ParameterizedTest
  @ValueSource(ints = {40, 80, 200})
  void wideAndCombiningCharacters(int width) {
    String name = "\u5b66\u7fd2\u5b66\u7fd2\u5b66\u7fd2\u5b66\u7fd2\u5b66\u7fd2\u5b66\u7fd2";
    assertThat(columns(line(width, name, ImmutableMap.of("e\u0301rreur", 1.0)))).isEqualTo(width);
    assertThat(line(width, name, ImmutableMap.of())).contains("[").contains("] 1500/3000");
  }

  @Test
  void aLoopThatGoesOnHasTheRateOfItsOwnSteps() {
    assertThat(new ProgressLine().line(90, "umm", 50, 60, 100, Duration.ofSeconds(5)))
        .contains("60/100 (0:00:05 / 0:00:20) 2.00/s");
  }

  @Test
  void nothingToDo() {
    assertThat(new ProgressLine().line(60, "none", 0, 0, 0, Duration.ZERO))
        .contains("100% [===============] 0/0");
  }
}
