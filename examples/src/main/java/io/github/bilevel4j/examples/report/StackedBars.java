package io.github.bilevel4j.examples.report;

import io.github.bilevel4j.file.WriteException;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.style.CategoryStyler;
import org.knowm.xchart.style.Styler;

/** Bars made of parts, one bar for each category. */
public final class StackedBars {
  private final String title;
  private final String unit;
  private final Map<String, Map<String, Double>> parts;

  /**
   * A picture.
   *
   * @param unit of the values
   * @param parts the heights of each part in all bars, which are the same of each part
   */
  public StackedBars(String title, String unit, Map<String, Map<String, Double>> parts) {
    this.title = title;
    this.unit = unit;
    this.parts = parts;
  }

  /**
   * Writes the picture as PNG.
   *
   * @return why it could not be drawn, in one line; empty if all went well
   * @throws WriteException if it cannot be written
   */
  public Optional<String> write(Path file) {
    return Drawing.written(this::png, file);
  }

  private byte[] png() throws IOException {
    CategoryChart chart =
        new CategoryChartBuilder().width(840).height(420).title(title).yAxisTitle(unit).build();
    CategoryStyler styler = chart.getStyler();
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotGridLinesColor(new Color(0xEEEEEE));
    styler.setLegendPosition(Styler.LegendPosition.OutsideE);
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
    styler.setStacked(true);
    styler.setAvailableSpaceFill(0.7);
    int number = 0;
    for (Map.Entry<String, Map<String, Double>> part : parts.entrySet()) {
      chart
          .addSeries(
              part.getKey(),
              List.copyOf(part.getValue().keySet()),
              List.copyOf(part.getValue().values()))
          .setFillColor(Color.getHSBColor((float) number / parts.size(), 0.6f, 0.8f));
      number++;
    }
    return ChartEncoder.getBytes(chart, "png");
  }
}
