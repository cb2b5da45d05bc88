package io.github.bilevel4j.examples.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.run.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ConsoleProgressTest {

  @Test
  void showsStepsAndTerms() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Progress.Bar bar = ConsoleProgress.on(out).start("phase one", 0, 2)) {
      bar.advance(ImmutableMap.of("fit", 3.0));
      bar.advance(ImmutableMap.of("fit", 2.0));
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .contains("phase one")
        .contains("2/2")
        .contains("fit 2.000");
  }
}
