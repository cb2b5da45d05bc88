package io.github.bilevel4j.examples.report;

import com.google.common.collect.Lists;
import io.github.bilevel4j.examples.report.Curves.Point;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The drawing of one metric. */
final class Panel {
  private static final int WIDTH = 420;
  private static final int HEIGHT = 280;
  private static final int MOST_POINTS = 300;
  private static final Color INK = new Color(0x1F4E79);
  private static final Color GRID = new Color(0xDDDDDD);

  private Panel() {}

  /** A panel for the measurements of a metric; those that are not finite are left out. */
  static XYChart of(String phase, String metric, List<Point> points) {
    XYChart chart = blank(phase + ": " + metric);
    List<Point> shown = thinned(points.stream().filter(p -> Double.isFinite(p.value())).toList());
    if (shown.isEmpty()) {
      return chart;
    }
    XYSeries series =
        chart.addSeries(metric, steps(shown), shown.stream().mapToDouble(Point::value).toArray());
    series.setMarker(shown.size() == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    series.setLineColor(INK);
    series.setMarkerColor(INK);
    series.setLineStyle(new BasicStroke(1.5f));
    return chart;
  }

  /**
   * The abscissae. XChart labels equally spaced ones themselves, as many as there is no room for,
   * and round numbers otherwise: so the first one is moved by less than can be seen.
   */
  private static double[] steps(List<Point> points) {
    double[] steps = points.stream().mapToDouble(Point::step).toArray();
    steps[0] += 1e-3;
    return steps;
  }

  /** A white panel that fills the sheet. */
  static XYChart empty() {
    XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setPlotBorderVisible(false);
    chart.getStyler().setPlotGridLinesVisible(false);
    chart.getStyler().setAxisTicksVisible(false);
    chart.getStyler().setLegendVisible(false);
    return chart;
  }

  private static XYChart blank(String title) {
    XYChart chart =
        new XYChartBuilder().width(WIDTH).height(HEIGHT).title(title).xAxisTitle("step").build();
    XYStyler styler = chart.getStyler();
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setLegendVisible(false);
    styler.setPlotGridLinesColor(GRID);
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 13));
    styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
    styler.setYAxisTitleVisible(false);
    styler.setXAxisTickMarkSpacingHint(60);
    styler.setChartPadding(12);
    return chart;
  }

  /** Means of equally many neighbors each, so that not more points are left than can be seen. */
  static List<Point> thinned(List<Point> points) {
    int each = (points.size() + MOST_POINTS - 1) / MOST_POINTS;
    if (each <= 1) {
      return points;
    }
    return Lists.partition(points, each).stream()
        .map(group -> new Point(mean(group, Point::step), mean(group, Point::value)))
        .toList();
  }

  private static double mean(List<Point> group, ToDoubleFunction<Point> coordinate) {
    return group.stream().mapToDouble(coordinate).average().orElseThrow();
  }
}
