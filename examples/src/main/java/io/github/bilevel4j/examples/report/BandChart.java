package io.github.bilevel4j.examples.report;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import io.github.bilevel4j.file.WholeFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Curves with bands as a picture in SVG: a panel for each quantity, in it a curve for each series,
 * the mean, with a band of one standard deviation to both sides.
 */
public final class BandChart {
  private static final int COLUMNS = 3;
  private static final int WIDTH = 340;
  private static final int HEIGHT = 240;
  private static final int LEFT = 58;
  private static final int TOP = 30;
  private static final int RIGHT = 12;
  private static final int BOTTOM = 34;

  /** Of a chart whose abscissae have names, which are written aslant. */
  private static final int NAMED_WIDTH = 680;

  private static final int NAMED_HEIGHT = 360;
  private static final int NAMED_BOTTOM = 110;
  private static final List<String> COLORS = List.of("#1f77b4", "#d95f02", "#2ca02c", "#7570b3");

  private BandChart() {}

  /**
   * A series.
   *
   * @param name in the legend
   * @param x abscissae, ascending
   * @param mean ordinates
   * @param deviation half of the band's height, zeros for none
   * @param marked the position of the point with a dot, if there is one
   */
  public record Series(
      String name,
      ImmutableDoubleArray x,
      ImmutableDoubleArray mean,
      ImmutableDoubleArray deviation,
      OptionalInt marked) {
    /** Of arrays, which are copied, without a dot. */
    public static Series of(String name, double[] x, double[] mean, double[] deviation) {
      return new Series(
          name,
          ImmutableDoubleArray.copyOf(x),
          ImmutableDoubleArray.copyOf(mean),
          ImmutableDoubleArray.copyOf(deviation),
          OptionalInt.empty());
    }

    /** With a dot at a point. */
    public Series marked(int position) {
      return new Series(name, x, mean, deviation, OptionalInt.of(position));
    }

    private Stream<Double> ordinates() {
      return IntStream.range(0, x.length())
          .boxed()
          .flatMap(i -> Stream.of(mean.get(i) - deviation.get(i), mean.get(i) + deviation.get(i)));
    }
  }

  /**
   * What is drawn together.
   *
   * @param names of the abscissae 0, 1, ...; none for numbers
   */
  public record Panel(String title, List<Series> series, List<String> names) {
    /** With numbers as abscissae. */
    public Panel(String title, List<Series> series) {
      this(title, series, List.of());
    }
  }

  /**
   * Writes panels to a file.
   *
   * @param axis what the abscissa is
   * @throws io.github.bilevel4j.file.WriteException if it cannot be written
   */
  public static void write(Path file, String axis, List<Panel> panels) {
    WholeFile.write(file, svg(axis, panels));
  }

  /** Panels as a picture in SVG. */
  public static String svg(String axis, List<Panel> panels) {
    boolean named = panels.stream().anyMatch(panel -> !panel.names().isEmpty());
    int width = named ? NAMED_WIDTH : WIDTH;
    int height = named ? NAMED_HEIGHT : HEIGHT;
    int columns = Math.min(named ? 1 : COLUMNS, panels.size());
    int rows = (panels.size() + columns - 1) / columns;
    StringBuilder svg = new StringBuilder();
    svg.append(
        format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
                + " height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">%n"
                + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
            columns * width, rows * height, columns * width, rows * height));
    for (int i = 0; i < panels.size(); i++) {
      svg.append(
          format(
              "<g transform=\"translate(%d,%d)\">%n", i % columns * width, i / columns * height));
      svg.append(
          new Frame(panels.get(i), width, height, named ? NAMED_BOTTOM : BOTTOM).drawn(axis));
      svg.append("</g>\n");
    }
    return svg.append("</svg>\n").toString();
  }

  @FormatMethod
  private static String format(@FormatString String format, Object... values) {
    return String.format(Locale.ROOT, format, values).replace("\r\n", "\n");
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  /** A panel with its scales. */
  private static final class Frame {
    private final Panel panel;
    private final int width;
    private final int height;
    private final int bottom;
    private final double fromX;
    private final double toX;
    private final double low;
    private final double high;

    Frame(Panel panel, int width, int height, int bottom) {
      this.panel = panel;
      this.width = width;
      this.height = height;
      this.bottom = bottom;
      double[] x = panel.series().stream().flatMapToDouble(s -> s.x().stream()).toArray();
      double[] y = panel.series().stream().flatMap(Series::ordinates).mapToDouble(v -> v).toArray();
      this.fromX = min(x);
      this.toX = max(x);
      this.low = min(y);
      this.high = max(y);
    }

    private static double min(double[] values) {
      return IntStream.range(0, values.length).mapToDouble(i -> values[i]).min().orElse(0);
    }

    private static double max(double[] values) {
      return IntStream.range(0, values.length).mapToDouble(i -> values[i]).max().orElse(0);
    }

    private double across(double x) {
      return LEFT + (width - LEFT - RIGHT) * (toX > fromX ? (x - fromX) / (toX - fromX) : 0.5);
    }

    private double up(double y) {
      double part = high > low ? (y - low) / (high - low) : 0.5;
      return height - bottom - (height - TOP - bottom) * part;
    }

    String drawn(String axis) {
      StringBuilder all = new StringBuilder();
      all.append(
          format(
              "<text x=\"%d\" y=\"14\" font-weight=\"bold\">%s</text>%n",
              LEFT, escaped(panel.title())));
      all.append(
          format(
              "<path d=\"M%d,%d V%d H%d\" fill=\"none\" stroke=\"#888\"/>%n",
              LEFT, TOP, height - bottom, width - RIGHT));
      for (double y : new double[] {low, (low + high) / 2, high}) {
        all.append(
            format(
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.4g</text>%n",
                LEFT - 4, up(y) + 4, y));
      }
      if (panel.names().isEmpty()) {
        all.append(number("middle", fromX));
        if (toX > fromX) {
          // Around the axis' end it would be cut off.
          all.append(number("end", toX));
        }
      }
      for (int i = 0; i < panel.names().size(); i++) {
        all.append(
            format(
                "<text transform=\"translate(%.1f,%d) rotate(-35)\" text-anchor=\"end\">%s</text>%n",
                across(i) + 4, height - bottom + 14, escaped(panel.names().get(i))));
      }
      all.append(
          format(
              "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
              (LEFT + width - RIGHT) / 2, height - 6, escaped(axis)));
      for (int i = 0; i < panel.series().size(); i++) {
        all.append(drawn(panel.series().get(i), COLORS.get(i % COLORS.size()), i));
      }
      return all.toString();
    }

    private String number(String anchor, double x) {
      return format(
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%.0f</text>%n",
          across(x), height - bottom + 14, anchor, x);
    }

    private String drawn(Series series, String color, int number) {
      int n = series.x().length();
      String upper = points(series, IntStream.range(0, n), 1);
      String lower = points(series, IntStream.range(0, n).map(i -> n - 1 - i), -1);
      return format(
              "<polygon points=\"%s %s\" fill=\"%s\" opacity=\"0.2\"/>%n"
                  + "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\"/>%n"
                  + "<text x=\"%d\" y=\"27\" fill=\"%s\">%s</text>%n",
              upper,
              lower,
              color,
              points(series, IntStream.range(0, n), 0),
              color,
              LEFT + 130 * number,
              color,
              escaped(series.name()))
          + dot(series, color);
    }

    private String dot(Series series, String color) {
      return series.marked().stream()
          .mapToObj(
              i ->
                  format(
                      "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"5\" fill=\"%s\"/>%n",
                      across(series.x().get(i)), up(series.mean().get(i)), color))
          .collect(Collectors.joining());
    }

    private String points(Series series, IntStream order, int side) {
      return order
          .mapToObj(
              i ->
                  format(
                      "%.2f,%.2f",
                      across(series.x().get(i)),
                      up(series.mean().get(i) + side * series.deviation().get(i))))
          .collect(Collectors.joining(" "));
    }
  }
}
