package io.github.bilevel4j.examples.report;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ListMultimap;
import io.github.bilevel4j.examples.report.Curves.Point;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/**
 * Pages that need nothing else. That of a run has how to repeat it, results, curves, the views of a
 * batch, options.
 */
public final class HtmlReport {
  private static final int WIDTH = 420;
  private static final int HEIGHT = 200;
  private static final int MARGIN = 10;
  private static final String STYLE =
      """
      :root { color-scheme: light dark; font-family: sans-serif; }
      body { max-width: 90rem; margin: 2rem auto; padding: 0 1rem; }
      table { border-collapse: collapse; margin: 0.5rem 0; }
      th, td { border: 1px solid #8888; padding: 0.2rem 0.6rem; text-align: left; }
      td.number { text-align: right; font-variant-numeric: tabular-nums; }
      .curves { display: flex; flex-wrap: wrap; gap: 1rem; }
      figure { margin: 0; }
      svg { border: 1px solid #8888; }
      polyline { fill: none; stroke: #3b82c4; stroke-width: 1.5; }
      code { white-space: pre-wrap; }
      img { image-rendering: pixelated; max-width: 100%; }
      """;

  private final Document page;

  private HtmlReport(Document page) {
    this.page = page;
  }

  /**
   * The page of a run, in HTML.
   *
   * @param config its options by name; {@code arguments}, a list, is how to repeat it
   * @param results by name: numbers, texts, maps, and lists of maps, which become tables
   * @param curves what was measured
   * @param views a sheet of views, if there is one
   */
  public static String of(
      Map<String, ?> config, Map<String, ?> results, Curves curves, Optional<ViewSheet> views) {
    Document page = document();
    new HtmlReport(page).build(config, results, curves, views);
    return text(page);
  }

  /**
   * A page of a picture and a text whose lines stay as they are.
   *
   * @param svg as {@link BandChart#svg} makes it
   */
  public static String of(String title, String text, String svg) {
    Document page = document();
    HtmlReport report = new HtmlReport(page);
    Element body = report.body("bilevel4j " + title);
    body.appendChild(page.importNode(parsed(svg).getDocumentElement(), true));
    report.add(body, "pre", text);
    return text(page);
  }

  private static DocumentBuilder builder() {
    try {
      return DocumentBuilderFactory.newInstance().newDocumentBuilder();
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Document document() {
    return builder().newDocument();
  }

  private static Document parsed(String xml) {
    try {
      return builder().parse(new InputSource(new StringReader(xml)));
    } catch (SAXException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String text(Document page) {
    try {
      Transformer transformer = TransformerFactory.newInstance().newTransformer();
      transformer.setOutputProperty(OutputKeys.METHOD, "html");
      transformer.setOutputProperty(OutputKeys.ENCODING, "UTF-8");
      StringWriter text = new StringWriter();
      transformer.transform(new DOMSource(page), new StreamResult(text));
      return "<!DOCTYPE html>\n" + text + "\n";
    } catch (TransformerException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The body of the page, which begins with its title. */
  private Element body(String title) {
    Element html = page.createElement("html");
    page.appendChild(html);
    html.setAttribute("lang", "en");
    Element head = add(html, "head", "");
    add(head, "title", title);
    add(head, "style", STYLE);
    Element body = add(html, "body", "");
    add(body, "h1", title);
    return body;
  }

  private void build(
      Map<String, ?> config, Map<String, ?> results, Curves curves, Optional<ViewSheet> views) {
    Element body = body("bilevel4j " + config.get("command"));
    if (config.get("arguments") instanceof List<?> arguments) {
      add(body, "h2", "How to repeat it");
      add(add(body, "p", ""), "code", "./bilevel4j " + joined(arguments));
    }
    add(body, "h2", "Results");
    results.forEach((name, value) -> addResult(body, name, value));
    if (!curves.isEmpty()) {
      add(body, "h2", "Curves");
      curves.measured().forEach((phase, metrics) -> addCurves(body, phase, metrics));
    }
    views.ifPresent(
        sheet -> {
          add(body, "h2", "Views of the first batch");
          Element image = add(body, "img", "");
          image.setAttribute("alt", "a row for each view, a column for each image");
          image.setAttribute(
              "src", "data:image/png;base64," + Base64.getEncoder().encodeToString(sheet.png()));
        });
    add(body, "h2", "Options");
    addTable(body, List.of("option", "value"), rows(config));
  }

  private static String joined(List<?> arguments) {
    return arguments.stream()
        .map(Object::toString)
        .map(
            each -> each.matches("[\\w@%+=:,./-]+") ? each : "'" + each.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" "));
  }

  private static List<List<Object>> rows(Map<?, ?> values) {
    return values.entrySet().stream().map(e -> List.<Object>of(e.getKey(), e.getValue())).toList();
  }

  private void addResult(Element body, String name, Object value) {
    if (value instanceof Map<?, ?> values) {
      add(body, "h3", name);
      addTable(body, List.of("name", "value"), rows(values));
    } else if (value instanceof List<?> list && list.stream().allMatch(Map.class::isInstance)) {
      add(body, "h3", name);
      Set<Object> columns = new LinkedHashSet<>();
      list.forEach(row -> columns.addAll(((Map<?, ?>) row).keySet()));
      addTable(
          body,
          ImmutableSet.copyOf(columns).asList(),
          list.stream()
              .map(row -> columns.stream().map(c -> cell((Map<?, ?>) row, c)).toList())
              .toList());
    } else {
      add(body, "p", name + ": " + text(value));
    }
  }

  private static Object cell(Map<?, ?> row, Object column) {
    Object value = row.get(column);
    return value == null ? "" : value;
  }

  private void addTable(Element parent, List<?> titles, List<List<Object>> rows) {
    Element table = add(parent, "table", "");
    Element head = add(add(table, "thead", ""), "tr", "");
    titles.forEach(title -> add(head, "th", title.toString()));
    Element body = add(table, "tbody", "");
    for (List<Object> row : rows) {
      Element line = add(body, "tr", "");
      for (Object value : row) {
        Element cell = add(line, "td", text(value));
        if (value instanceof Number) {
          cell.setAttribute("class", "number");
        }
      }
    }
  }

  private static String text(Object value) {
    return value instanceof Double number
        ? String.format(Locale.ROOT, "%.5g", number)
        : String.valueOf(value);
  }

  private void addCurves(Element body, String phase, ListMultimap<String, Point> metrics) {
    add(body, "h3", phase);
    Element all = add(body, "div", "");
    all.setAttribute("class", "curves");
    for (String metric : metrics.keySet()) {
      List<Point> finite =
          metrics.get(metric).stream().filter(point -> Double.isFinite(point.value())).toList();
      Element figure = add(all, "figure", "");
      if (finite.isEmpty()) {
        add(figure, "figcaption", metric + ": no finite value");
        continue;
      }
      Element svg = addSvg(figure, Panel.thinned(finite));
      svg.setAttribute("aria-label", phase + ": " + metric);
      double last = finite.get(finite.size() - 1).value();
      add(
          figure,
          "figcaption",
          String.format(
              Locale.ROOT,
              "%s: %.5g, between %.5g and %.5g, steps %.0f to %.0f",
              metric,
              last,
              finite.stream().mapToDouble(Point::value).min().orElseThrow(),
              finite.stream().mapToDouble(Point::value).max().orElseThrow(),
              finite.get(0).step(),
              finite.get(finite.size() - 1).step()));
    }
  }

  private Element addSvg(Element figure, List<Point> points) {
    double low = points.stream().mapToDouble(Point::value).min().orElseThrow();
    double high = points.stream().mapToDouble(Point::value).max().orElseThrow();
    double from = points.get(0).step();
    double to = points.get(points.size() - 1).step();
    Element svg = add(figure, "svg", "");
    svg.setAttribute("viewBox", "0 0 %d %d".formatted(WIDTH, HEIGHT));
    svg.setAttribute("width", String.valueOf(WIDTH));
    svg.setAttribute("height", String.valueOf(HEIGHT));
    svg.setAttribute("role", "img");
    Element line = add(svg, "polyline", "");
    line.setAttribute(
        "points",
        points.stream()
            .map(
                point ->
                    String.format(
                        Locale.ROOT,
                        "%.2f,%.2f",
                        MARGIN + (WIDTH - 2 * MARGIN) * part(point.step(), from, to),
                        HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * part(point.value(), low, high)))
            .collect(Collectors.joining(" ")));
    return svg;
  }

  private static double part(double value, double low, double high) {
    return high > low ? (value - low) / (high - low) : 0.5;
  }

  private Element add(Element parent, String name, String text) {
    Element element = page.createElement(name);
    if (!text.isEmpty()) {
      element.appendChild(page.createTextNode(text));
    }
    parent.appendChild(element);
    return element;
  }
}
