package io.github.bilevel4j.examples.report;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.LinkedListMultimap;
import com.google.common.collect.ListMultimap;
import io.github.bilevel4j.file.WriteException;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * What accuracy costs: a line of points (time, relative error) for each method, both axes
 * logarithmic. The nearer to the lower left corner, the better.
 */
public final class ErrorAndTime {
  /** Smaller errors are rounding, and are drawn here. */
  private static final double LEAST_ERROR = 1e-16;

  private static final ImmutableList<Marker> MARKERS =
      ImmutableList.of(
          SeriesMarkers.CIRCLE,
          SeriesMarkers.SQUARE,
          SeriesMarkers.DIAMOND,
          SeriesMarkers.TRIANGLE_UP);

  private final String title;
  private final ListMultimap<String, Point> methods = LinkedListMultimap.create();

  private record Point(double milliseconds, double error) {}

  /** A picture without methods. */
  public ErrorAndTime(String title) {
    this.title = title;
  }

  /** Adds a method's next point; points that are not finite are left out. */
  public void add(String method, double seconds, double error) {
    if (Double.isFinite(error)) {
      methods.put(method, new Point(1000 * seconds, Math.max(error, LEAST_ERROR)));
    }
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
    XYChart chart =
        new XYChartBuilder()
            .width(840)
            .height(520)
            .title(title)
            .xAxisTitle("milliseconds per hypergradient")
            .yAxisTitle("relative error")
            .build();
    XYStyler styler = chart.getStyler();
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotGridLinesColor(new Color(0xEEEEEE));
    styler.setLegendPosition(Styler.LegendPosition.OutsideE);
    styler.setXAxisLogarithmic(true);
    styler.setYAxisLogarithmic(true);
    for (String method : methods.keySet()) {
      draw(chart, method, methods.get(method), methods.keySet().size());
    }
    return ChartEncoder.getBytes(chart, "png");
  }

  private static void draw(XYChart chart, String method, List<Point> points, int of) {
    int number = chart.getSeriesCollection().size();
    XYSeries series =
        chart.addSeries(
            method,
            points.stream().mapToDouble(Point::milliseconds).toArray(),
            points.stream().mapToDouble(Point::error).toArray());
    Color color = Color.getHSBColor((float) number / of, 0.9f, 0.75f);
    series.setLineColor(color);
    series.setMarkerColor(color);
    series.setMarker(MARKERS.get(number % MARKERS.size()));
    series.setLineStyle(new BasicStroke(1.5f));
  }
}
