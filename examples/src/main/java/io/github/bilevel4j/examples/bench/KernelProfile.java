package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableTable;
import io.github.bilevel4j.backend.KernelRun;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.op.Convolution;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Where the time of a step goes: its kernels by kind and by layer. Kernels run beside each other,
 * so their times add up to more than the step's.
 *
 * @param kinds of operations, the longest first
 * @param layers in their order
 * @param all kernels
 * @param cells by layer and kind
 * @param convolutions the part of the time that convolutions take, with their gradients, by
 *     whichever kernels: a gradient of a filter may be products of matrices
 */
public record KernelProfile(
    ImmutableList<Row> kinds,
    ImmutableList<Row> layers,
    Row all,
    ImmutableTable<String, String, Row> cells,
    double convolutions) {

  private static final String CONVOLUTION = "Conv2D";
  private static final String CAST = "Cast";
  private static final String OTHER = "other";

  /**
   * Some kernels of a step.
   *
   * @param name what they have in common
   * @param kernels their number
   * @param seconds their times together
   * @param bytes that they read and wrote
   * @param operations multiplications and additions
   * @param least seconds at the machine's peak
   */
  public record Row(
      String name, double kernels, double seconds, double bytes, double operations, double least) {

    private static Row none(String name) {
      return new Row(name, 0, 0, 0, 0, 0);
    }

    private Row and(Row other) {
      return new Row(
          name,
          kernels + other.kernels,
          seconds + other.seconds,
          bytes + other.bytes,
          operations + other.operations,
          least + other.least);
    }
  }

  /**
   * Sums up kernels.
   *
   * @param kernels of some steps
   * @param layer of each kernel
   * @param order of the layers
   * @param steps their number, by which everything is divided
   */
  static KernelProfile of(
      List<KernelRun> kernels, List<String> layer, List<String> order, int steps, Peak peak) {
    Map<String, Row> kinds = new LinkedHashMap<>();
    Map<String, Row> layers = new LinkedHashMap<>();
    order.forEach(name -> layers.put(name, Row.none(name)));
    Map<String, Map<String, Row>> cells = new LinkedHashMap<>();
    Row all = Row.none("all");
    Row ofConvolutions = Row.none(CONVOLUTION);
    for (int i = 0; i < kernels.size(); i++) {
      KernelRun kernel = kernels.get(i);
      Row row =
          new Row(
              kernel.kind(),
              1.0 / steps,
              kernel.seconds() / steps,
              kernel.bytes() / steps,
              kernel.operations() / steps,
              peak.seconds(kernel) / steps);
      all = all.and(row);
      if (isOfConvolution(kernel)) {
        ofConvolutions = ofConvolutions.and(row);
      }
      kinds.merge(kernel.kind(), row, Row::and);
      layers.merge(layer.get(i), row, Row::and);
      cells
          .computeIfAbsent(layer.get(i), name -> new LinkedHashMap<>())
          .merge(kernel.kind(), row, Row::and);
    }
    ImmutableTable.Builder<String, String, Row> table = ImmutableTable.builder();
    cells.forEach((name, rows) -> rows.forEach((kind, row) -> table.put(name, kind, row)));
    return new KernelProfile(
        kinds.values().stream()
            .sorted(Comparator.comparingDouble(Row::seconds).reversed())
            .collect(ImmutableList.toImmutableList()),
        layers.values().stream()
            .filter(row -> row.kernels() > 0)
            .collect(ImmutableList.toImmutableList()),
        all,
        table.build(),
        ofConvolutions.seconds() / all.seconds());
  }

  private static boolean isOfConvolution(KernelRun kernel) {
    return kernel.kind().contains(CONVOLUTION)
        || (!kernel.kind().equals(CAST)
            && kernel.origin().filter(origin -> origin.op() instanceof Convolution).isPresent());
  }

  /** A row for each of the longest kinds, one for all others, and the sum. */
  public Table byKind(int most) {
    List<Row> rows = new ArrayList<>(kinds.subList(0, Math.min(most, kinds.size())));
    if (kinds.size() > most) {
      List<Row> rest = kinds.subList(most, kinds.size());
      rows.add(rest.stream().reduce(Row.none(rest.size() + " " + OTHER + "s"), Row::and));
    }
    return table("operation", rows);
  }

  /** A row for each layer, and the sum. */
  public Table byLayer() {
    return table("layer", layers);
  }

  private Table table(String title, List<Row> rows) {
    Table table = Table.of(title, "kernels", "ms", "% of time", "MB", "GFLOP", "% of the peak");
    for (Row row : rows) {
      table = table(table, row);
    }
    return table(table, all);
  }

  private Table table(Table table, Row row) {
    return table.formatted(
        "%s|%,.0f|%.2f|%.1f|%.1f|%.2f|%s",
        row.name(),
        row.kernels(),
        1e3 * row.seconds(),
        100 * row.seconds() / all.seconds(),
        row.bytes() / 1e6,
        row.operations() / 1e9,
        row.least() == 0
            ? ""
            : String.format(Locale.ROOT, "%.0f", 100 * row.least() / row.seconds()));
  }

  /** Milliseconds by kind and layer, for a picture: the longest kinds, and the others together. */
  public Map<String, Map<String, Double>> bars(int most) {
    List<String> shown = kinds.stream().limit(most).map(Row::name).toList();
    Map<String, Map<String, Double>> bars = new LinkedHashMap<>();
    shown.forEach(kind -> bars.put(kind, zeros()));
    bars.put(OTHER, zeros());
    cells
        .cellSet()
        .forEach(
            cell ->
                bars.get(shown.contains(cell.getColumnKey()) ? cell.getColumnKey() : OTHER)
                    .merge(cell.getRowKey(), 1e3 * cell.getValue().seconds(), Double::sum));
    return bars;
  }

  private Map<String, Double> zeros() {
    Map<String, Double> zeros = new LinkedHashMap<>();
    layers.forEach(layer -> zeros.put(layer.name(), 0.0));
    return zeros;
  }
}
