package io.github.bilevel4j.examples.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.run.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleProgressTest {

  @Test
  void showsStepsAndTerms() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Progress.Bar bar = ConsoleProgress.on(out, 110).start("phase one", 0, 2)) {
      bar.advance(ImmutableMap.of("fit", 3.0));
      bar.advance(ImmutableMap.of("fit", 2.0));
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .contains("phase one")
        .contains("2/2")
        .contains("fit 2.000");
  }

  private static List<String> lines(int width, int terms) {
    ImmutableMap.Builder<String, Double> measured = ImmutableMap.builder();
    for (int i = 0; i < terms; i++) {
      measured.put("inner/a term with quite a long name " + i, Math.PI * i);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Progress.Bar bar = ConsoleProgress.on(out, width).start("umm", 3, 4000)) {
      for (int step = 3; step < 4000; step++) {
        bar.advance(measured.buildOrThrow());
      }
    }
    return bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }

  /** Also with thirty long terms the line fits and the bar is one. */
  @ParameterizedTest
  @ValueSource(ints = {40, 80, 110, 200})
  void theLineFits(int width) {
    for (String line : lines(width, 30)) {
      assertThat(line).hasSizeLessThanOrEqualTo(width).startsWith("umm").doesNotContain("\033");
      if (width >= 80) {
        assertThat(line.indexOf(']') - line.indexOf('[')).isGreaterThan(10);
      }
    }
    assertThat(lines(200, 30)).last().asString().contains("inner/a term with quite a long name 0");
  }

  @Test
  void aLoopThatGoesOnBeginsWhereItWas() {
    assertThat(lines(80, 1)).last().asString().contains("4000/4000");
  }
}
