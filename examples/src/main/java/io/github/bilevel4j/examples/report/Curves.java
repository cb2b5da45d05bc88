package io.github.bilevel4j.examples.report;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.LinkedListMultimap;
import com.google.common.collect.ListMultimap;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.run.MetricsListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;

/**
 * The measurements of a run as curves over the steps: a sheet with one panel for each metric of
 * each phase, in the order in which they were first measured. Long series are averaged down to as
 * many points as a panel can show.
 */
public final class Curves {
  private static final int MOST_COLUMNS = 4;

  private final Map<String, ListMultimap<String, Point>> phases = new LinkedHashMap<>();

  /** One measurement. */
  record Point(double step, double value) {}

  /** A listener that notes the measurements of a phase of the run. */
  public MetricsListener phase(String name) {
    ListMultimap<String, Point> metrics =
        phases.computeIfAbsent(name, key -> LinkedListMultimap.create());
    return (step, measurements) ->
        measurements.forEach((metric, value) -> metrics.put(metric, new Point(step, value)));
  }

  /** All that was measured, by phase and metric. */
  ImmutableMap<String, ListMultimap<String, Point>> measured() {
    return ImmutableMap.copyOf(phases);
  }

  /** Whether nothing was measured yet. */
  public boolean isEmpty() {
    return phases.values().stream().allMatch(ListMultimap::isEmpty);
  }

  /**
   * Writes the sheet as a PNG picture. Nothing is written if nothing was measured. A machine that
   * cannot draw, for want of fonts for instance, is not an error.
   *
   * @return why the picture could not be drawn, in one line; empty if all went well
   * @throws WriteException if it cannot be written
   */
  public Optional<String> write(Path file) {
    if (isEmpty()) {
      return Optional.empty();
    }
    return Drawing.written(this::png, file);
  }

  /**
   * Loads what drawing needs and tries it. This cannot wait until the virtual machine is ending,
   * when an interrupted run draws its curves.
   *
   * @return why this machine cannot draw, in one line; empty if it can
   */
  public static Optional<String> prepare() {
    Curves curves = new Curves();
    curves.phase("phase").measured(0, ImmutableMap.of("metric", 1.0));
    return Drawing.tried(curves::png);
  }

  private byte[] png() throws IOException {
    List<XYChart> panels = panels();
    int columns = columns(panels.size());
    int rows = (panels.size() + columns - 1) / columns;
    while (panels.size() < columns * rows) {
      panels.add(Panel.empty());
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BitmapEncoder.saveBitmap(panels, rows, columns, bytes, BitmapEncoder.BitmapFormat.PNG);
    return bytes.toByteArray();
  }

  private List<XYChart> panels() {
    List<XYChart> panels = new ArrayList<>();
    phases.forEach(
        (phase, metrics) ->
            metrics
                .keySet()
                .forEach(metric -> panels.add(Panel.of(phase, metric, metrics.get(metric)))));
    return panels;
  }

  /** As close to a square as possible. */
  private static int columns(int panels) {
    return Math.min(MOST_COLUMNS, (int) Math.ceil(Math.sqrt(panels)));
  }
}
