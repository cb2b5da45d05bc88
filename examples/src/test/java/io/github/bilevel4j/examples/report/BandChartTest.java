package io.github.bilevel4j.examples.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class BandChartTest {
  private static String drawn(double... x) {
    double[] zeros = new double[x.length];
    return BandChart.svg(
        "epoch",
        List.of(
            new BandChart.Panel(
                "accuracy", List.of(BandChart.Series.of("simclr", x, zeros, zeros)))));
  }

  /** The axis ends 12 units before the picture does. */
  @Test
  void theLastNumberEndsWithTheAxis() {
    assertThat(drawn(0, 1000, 2000))
        .contains(
            "viewBox=\"0 0 340 240\"",
            "<text x=\"58.0\" y=\"220\" text-anchor=\"middle\">0</text>",
            "<text x=\"328.0\" y=\"220\" text-anchor=\"end\">2000</text>");
  }

  @Test
  void aSingleAbscissaIsWrittenOnce() {
    assertThat(drawn(7)).containsOnlyOnce(">7</text>");
  }
}
