package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.examples.report.BandChart;
import io.github.bilevel4j.examples.report.BandChart.Panel;
import io.github.bilevel4j.examples.report.BandChart.Series;
import io.github.bilevel4j.examples.report.HtmlReport;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.examples.study.Watched.Band;
import io.github.bilevel4j.file.WholeFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The three claims of the paper in a minute or two: an encoder that learns from few pictures is
 * measured while it memorizes them; then UMM and what it has to be better than start from its last
 * weights.
 */
final class Demonstration implements Study {
  /** Of cells, which are others than those of the figures. */
  private static final String LABEL = "few";

  private static final String METHOD = "simclr";
  private static final String COMPARED = "ssl-steps";
  private static final String MEMORIZED = "memorized";

  private static final ImmutableList<String> MOMENTS =
      ImmutableList.of(
          "before", COMPARED, "strong-views", "alpha-0", "beta-0", "single-level", "after");

  @Override
  public String id() {
    return "demo";
  }

  @Override
  public String title() {
    return "few pictures are memorized, and what UMM and its controls make of it";
  }

  @Override
  public ImmutableList<Benchmark> benchmarks() {
    return ImmutableList.of(Benchmark.CIFAR_10);
  }

  @Override
  public String drawn() {
    return "textures";
  }

  @Override
  public int seeds(Scale scale) {
    return Math.max(3, scale.seeds());
  }

  /**
   * Crops and flips alone, and few pictures, which are seen thousands of times. Operations are so
   * small that one thread takes two thirds of the time of two, and its numbers are the same on any
   * number of processors.
   */
  @Override
  public ImmutableList<Setting> settings(List<Setting> given) {
    return ImmutableList.of(
        Setting.of("--device", "cpu"),
        Setting.of("--deterministic", 1),
        Setting.of("--encoder", "tiny"),
        Setting.of("--views", "crop"),
        Setting.of("--rate", 0.002),
        Setting.of("--pretrain-images", 164),
        Setting.of("--monitor-images", 100),
        Setting.of("--probe-images", 3000),
        Setting.of("--batch", 64),
        Setting.of("--epochs", 4500),
        Setting.of("--umm-epochs", 200),
        Setting.of("--monitor", 450));
  }

  @Override
  public ImmutableList<Cell> cells(Design design) {
    ImmutableList.Builder<Cell> cells = ImmutableList.builder();
    for (StudyData data : design.data()) {
      for (String method : methods(design)) {
        cells.addAll(repaired(design, data, method));
      }
    }
    return cells.build();
  }

  private static ImmutableList<String> methods(Design design) {
    return design.methods(ImmutableList.of(METHOD));
  }

  private static ImmutableList<Cell> repaired(Design design, StudyData data, String method) {
    return design.overSeeds(seed -> design.monitoredUmm(data, method, seed, LABEL));
  }

  private static Optional<Watched> watched(
      Design design, StudyFolder study, StudyData data, String method) {
    List<Cell> cells = design.overSeeds(seed -> design.monitored(data, method, seed, LABEL));
    return Watched.of(study, cells, "pretrain");
  }

  @Override
  public String layout(Design design, StudyFolder study, String caption) {
    StringBuilder text = new StringBuilder(caption);
    ImmutableList.Builder<Panel> panels = ImmutableList.builder();
    for (StudyData data : design.data()) {
      for (String method : methods(design)) {
        watched(design, study, data, method)
            .ifPresent(
                watched -> {
                  text.append("\n").append(memorization(watched, method, data));
                  text.append("\n").append(repair(design, study, data, method));
                  panels.addAll(panels(watched, method + ", " + data.title()));
                });
      }
    }
    text.append("\n").append(Study.legend(design));
    if (!panels.build().isEmpty()) {
      String svg = BandChart.svg("epoch", panels.build());
      Path page = study.file("report.html");
      WholeFile.write(page, HtmlReport.of(title(), text.toString(), svg));
      text.append("\nCurves and tables as a page: ").append(page.toAbsolutePath()).append('\n');
    }
    return text.toString();
  }

  /** The mean over the first third of what was measured after the start, and over the last one. */
  private static String memorization(Watched watched, String method, StudyData data) {
    double[] epochs = watched.epochs();
    int third = Math.max(1, (epochs.length - 1) / 3);
    int first = Math.min(1, epochs.length - 1);
    int last = epochs.length - third;
    Table table =
        Table.of(
            "pre-training with " + method + ", " + data.title(),
            span(epochs, first, first + third - 1),
            span(epochs, last, epochs.length - 1),
            "difference");
    for (Measured measured : measured(watched)) {
      Seeds early = mean(watched, measured, first, third);
      Seeds late = mean(watched, measured, last, third);
      table =
          table.formatted(
              "%s|%s|%s|%s", measured.title, early.text(), late.text(), late.less(early));
    }
    return table + "\n";
  }

  /** What tells of memorization. */
  private record Measured(String title, String metric, String stage) {}

  private static ImmutableList<Measured> measured(Watched watched) {
    String early = watched.early();
    String last = watched.last();
    return ImmutableList.of(
        new Measured("linear probe of " + early + ", %", Watched.ACCURACY, early),
        new Measured("linear probe of " + last + ", %", Watched.ACCURACY, last),
        new Measured("loss of the pictures it learns from", Watched.SEEN, last),
        new Measured("loss of pictures held out", Watched.HELD_OUT, last),
        new Measured("coding-rate reduction of " + last, Watched.RATE, last));
  }

  private static String span(double[] epochs, int from, int to) {
    return String.format(Locale.ROOT, "epochs %.0f to %.0f", epochs[from], epochs[to]);
  }

  private static Seeds mean(Watched watched, Measured measured, int from, int count) {
    return new Seeds(
        IntStream.range(0, watched.runs().count())
            .mapToObj(
                run -> {
                  double[] values = watched.runs().values(run, measured.metric, measured.stage);
                  return IntStream.range(from, from + count)
                      .mapToDouble(i -> values[i])
                      .average()
                      .orElseThrow();
                })
            .toList());
  }

  private static String repair(Design design, StudyFolder study, StudyData data, String method) {
    List<Cell> cells = repaired(design, data, method);
    Table table =
        Table.of(
            "as many steps from there, last stage",
            "linear %",
            "less " + COMPARED,
            "5-NN %",
            "less " + COMPARED);
    for (String moment : MOMENTS) {
      Seeds linear = Seeds.of(study, cells, result -> result.last(moment, "linear probe"));
      Seeds neighbors = Seeds.of(study, cells, result -> result.last(moment, "5-nn"));
      Seeds ofLinear = Seeds.of(study, cells, result -> result.last(COMPARED, "linear probe"));
      Seeds ofNeighbors = Seeds.of(study, cells, result -> result.last(COMPARED, "5-nn"));
      boolean isItself = moment.equals(COMPARED);
      table =
          table.formatted(
              "%s|%s|%s|%s|%s",
              title(moment),
              linear.text(),
              isItself ? "" : linear.less(ofLinear),
              neighbors.text(),
              isItself ? "" : neighbors.less(ofNeighbors));
    }
    return table + "\n";
  }

  private static String title(String moment) {
    return switch (moment) {
      case "before" -> MEMORIZED;
      case "after" -> "UMM";
      default -> moment;
    };
  }

  private static ImmutableList<Panel> panels(Watched watched, String title) {
    return ImmutableList.of(
        new Panel(
            "linear probe (%), " + title,
            List.of(
                series(watched, watched.early(), Watched.ACCURACY, watched.early()),
                series(watched, watched.last(), Watched.ACCURACY, watched.last()))),
        new Panel(
            "self-supervised loss",
            List.of(
                series(watched, "seen", Watched.SEEN, watched.last()),
                series(watched, "held out", Watched.HELD_OUT, watched.last()))),
        new Panel(
            "coding-rate reduction",
            List.of(series(watched, watched.last(), Watched.RATE, watched.last()))));
  }

  /** From the first epochs on: what is before them would leave no room for the rest. */
  private static Series series(Watched watched, String name, String metric, String stage) {
    double[] epochs = watched.epochs();
    Band band = watched.band(metric, stage);
    int from = Math.min(1, epochs.length - 1);
    return Series.of(
        name,
        tail(epochs, from),
        tail(band.mean().toArray(), from),
        tail(band.deviation().toArray(), from));
  }

  private static double[] tail(double[] values, int from) {
    return Arrays.copyOfRange(values, from, values.length);
  }
}
