package io.github.bilevel4j.monitor;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What was measured of a stage after some epochs: a line of {@code monitor.csv}. What was not
 * measured, or is not defined of such features, is an empty cell, and NaN here. Columns whose names
 * begin with {@code seconds} are times, all others the same whenever a run is repeated.
 *
 * @param phase of the run
 * @param epoch the number of epochs that were made
 * @param step the number of steps that were made
 * @param layer the stage
 * @param form of the coding-rate reduction, as {@link RateForm} is called
 * @param images held-out ones, of which there are two views each
 * @param dimension of the features
 * @param values by name, those of {@link #METRICS}
 * @param seconds that each took by name, those of {@link #COSTS}; features and losses serve all
 *     stages and are told with each
 */
public record MonitorRow(
    String phase,
    int epoch,
    int step,
    String layer,
    String form,
    int images,
    int dimension,
    ImmutableMap<String, Double> values,
    ImmutableMap<String, Double> seconds) {

  /** The file in the folder of a run. */
  public static final String FILE = "monitor.csv";

  /**
   * Coding rates of all rows and within classes and their difference, in nats; RankMe; effective
   * rank; LiDAR; alpha-ReQ and its fit; alignment; uniformity; TwoNN's intrinsic dimension; the
   * self-supervised loss of seen and held-out images and its gap; test accuracy of nearest
   * neighbors and of a linear probe in per cent.
   */
  public static final ImmutableList<String> METRICS =
      ImmutableList.of(
          "rate",
          "compressed",
          "crr",
          "rankme",
          "effective_rank",
          "lidar",
          "alpha",
          "alpha_r2",
          "alignment",
          "uniformity",
          "id",
          "loss_seen",
          "loss_heldout",
          "loss_gap",
          "knn",
          "linear");

  /**
   * What takes time: features of the views, the losses, each metric on features that are there,
   * features of the labeled parts, and both probes on these.
   */
  public static final ImmutableList<String> COSTS =
      ImmutableList.of(
          "features",
          "loss",
          "crr",
          "rankme",
          "effective_rank",
          "lidar",
          "alpha",
          "alignment",
          "uniformity",
          "id",
          "probe_features",
          "knn",
          "linear");

  private static final String FIXED = "phase,epoch,step,layer,part,form,n,d,eps2";
  private static final int BEFORE = 9;

  /** The first line of the file, with its end. */
  public static String header() {
    return Stream.concat(
            Stream.concat(Stream.of(FIXED), METRICS.stream()),
            COSTS.stream().map(cost -> "seconds_" + cost))
        .collect(Collectors.joining(",", "", "\n"));
  }

  /** A value, NaN if there is none. */
  public double value(String metric) {
    return values.getOrDefault(metric, Double.NaN);
  }

  /** The line of the file, with its end. */
  public String line() {
    Stream<String> fixed =
        Stream.of(
            phase,
            String.valueOf(epoch),
            String.valueOf(step),
            layer.replace(',', ';'),
            "heldout",
            form,
            String.valueOf(images),
            String.valueOf(dimension),
            String.valueOf(Monitor.EPSILON_SQUARED));
    return Stream.concat(
            fixed,
            Stream.concat(
                METRICS.stream().map(name -> cell(values, name)),
                COSTS.stream().map(name -> cell(seconds, name))))
        .collect(Collectors.joining(",", "", "\n"));
  }

  private static String cell(ImmutableMap<String, Double> numbers, String name) {
    Double number = numbers.get(name);
    return number == null || number.isNaN() ? "" : number.toString();
  }

  /**
   * The rows of a run's file.
   *
   * @param folder of the run
   * @throws UsageError if there is none, or a line is not as it was written
   */
  public static ImmutableList<MonitorRow> read(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw UsageError.in("monitor")
          .because("there is no %s", file)
          .maybe("it is written by pretrain and umm with --monitor 5.");
    }
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw UsageError.in("monitor")
          .because("the file %s cannot be read", file)
          .value("reason", ReadFailure.reason(e))
          .error();
    }
    if (lines.isEmpty() || !lines.get(0).equals(header().strip())) {
      throw UsageError.in("monitor")
          .because("the first line of %s is not that of such a file", file)
          .maybe("it was written by another version.");
    }
    return IntStream.range(1, lines.size())
        .mapToObj(i -> parsed(file, i + 1, lines.get(i)))
        .collect(ImmutableList.toImmutableList());
  }

  private static MonitorRow parsed(Path file, int number, String line) {
    List<String> cells = Splitter.on(',').splitToList(line);
    try {
      if (cells.size() != BEFORE + METRICS.size() + COSTS.size()) {
        throw new NumberFormatException();
      }
      List<String> values = cells.subList(BEFORE, BEFORE + METRICS.size());
      return new MonitorRow(
          cells.get(0),
          Integer.parseInt(cells.get(1)),
          Integer.parseInt(cells.get(2)),
          cells.get(3),
          cells.get(5),
          Integer.parseInt(cells.get(6)),
          Integer.parseInt(cells.get(7)),
          numbers(METRICS, values),
          numbers(COSTS, Iterables.skip(cells, BEFORE + METRICS.size())));
    } catch (NumberFormatException e) {
      throw UsageError.in("monitor")
          .because("line %d of %s is not as it was written: %s", number, file, line)
          .error();
    }
  }

  private static ImmutableMap<String, Double> numbers(List<String> names, Iterable<String> cells) {
    ImmutableMap.Builder<String, Double> numbers = ImmutableMap.builder();
    List<String> texts = ImmutableList.copyOf(cells);
    for (int i = 0; i < names.size(); i++) {
      if (!texts.get(i).isEmpty()) {
        numbers.put(names.get(i), Double.parseDouble(texts.get(i)));
      }
    }
    return numbers.buildOrThrow();
  }
}
