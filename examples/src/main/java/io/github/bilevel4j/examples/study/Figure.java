package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import io.github.bilevel4j.examples.report.BandChart;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.examples.study.Watched.Band;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** Curves over the epochs of a training: a panel for each method on each data set. */
enum Figure implements Study {
  /** Accuracies. */
  FIGURE1("linear accuracy (%) of an early and the last stage in pre-training", Curves.STAGES) {
    @Override
    Band band(Watched watched, String stage) {
      return watched.band(Watched.ACCURACY, stage);
    }
  },
  /** Coding-rate reductions. */
  FIGURE2(
      "coding-rate reduction divided by the run's largest, an early and the last stage",
      Curves.STAGES) {
    @Override
    Band band(Watched watched, String stage) {
      return watched.ofLargest(Watched.RATE, stage);
    }
  },
  /** UMM. */
  FIGURE5("the last stage in UMM: linear accuracy and coding-rate reduction", Curves.UMM) {
    @Override
    Band band(Watched watched, String metric) {
      return watched.ofLargest(metric, watched.last());
    }
  },
  /** Both in one axis. */
  FIGURE6(
      "linear accuracy and coding-rate reduction of the last stage, each divided by the run's"
          + " largest",
      Curves.METRICS) {
    @Override
    Band band(Watched watched, String metric) {
      return watched.ofLargest(metric, watched.last());
    }
  },
  /** Learning rates. */
  FIGURE7("linear accuracy (%) of the last stage by learning-rate schedule", Curves.SCHEDULES) {
    @Override
    Band band(Watched watched, String metric) {
      return watched.band(Watched.ACCURACY, watched.last());
    }
  };

  /** Those of the paper's observations. */
  static final ImmutableList<String> METHODS =
      ImmutableList.of("simclr", "byol", "barlow-twins", "swav", "vicregl");

  private static final ImmutableList<String> OF_SCHEDULES =
      ImmutableList.of("simclr", "byol", "vicregl");
  private static final ImmutableList<String> SCHEDULES =
      ImmutableList.of("warmup-cosine", "constant", "cosine", "exponential");

  private final String title;
  private final Curves curves;

  Figure(String title, Curves curves) {
    this.title = title;
    this.curves = curves;
  }

  /** What the curves of a panel differ in. */
  private enum Curves {
    STAGES,
    METRICS,
    UMM,
    SCHEDULES
  }

  abstract Band band(Watched watched, String what);

  @Override
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public ImmutableList<Benchmark> benchmarks() {
    return curves == Curves.SCHEDULES
        ? ImmutableList.of(Benchmark.CIFAR_10, Benchmark.IMAGENET_100)
        : ImmutableList.of(
            Benchmark.CIFAR_10,
            Benchmark.CIFAR_100,
            Benchmark.TINY_IMAGENET,
            Benchmark.IMAGENET_100);
  }

  private ImmutableList<String> methods(Design design) {
    return design.methods(curves == Curves.SCHEDULES ? OF_SCHEDULES : METHODS);
  }

  /** The groups of cells that differ in the seed alone. */
  private ImmutableList<ImmutableList<Cell>> groups(Design design, StudyData data, String method) {
    return switch (curves) {
      case STAGES, METRICS ->
          ImmutableList.of(
              design.overSeeds(seed -> design.monitored(data, method, seed, Design.MONITORED)));
      case UMM ->
          ImmutableList.of(
              design.overSeeds(seed -> design.monitoredUmm(data, method, seed, Design.MONITORED)));
      case SCHEDULES ->
          SCHEDULES.stream()
              .map(
                  schedule ->
                      design.overSeeds(
                          seed ->
                              design.monitored(
                                  data,
                                  method,
                                  seed,
                                  schedule,
                                  Setting.of("--schedule", schedule))))
              .collect(ImmutableList.toImmutableList());
    };
  }

  @Override
  public ImmutableList<Cell> cells(Design design) {
    ImmutableList.Builder<Cell> cells = ImmutableList.builder();
    for (StudyData data : design.data()) {
      for (String method : methods(design)) {
        groups(design, data, method).forEach(cells::addAll);
      }
    }
    return cells.build();
  }

  @Override
  public String layout(Design design, StudyFolder study, String caption) {
    List<BandChart.Panel> panels = new ArrayList<>();
    for (StudyData data : design.data()) {
      for (String method : methods(design)) {
        ImmutableList<BandChart.Series> series = series(design, study, data, method);
        if (!series.isEmpty()) {
          panels.add(new BandChart.Panel(method + ", " + data.title(), series));
        }
      }
    }
    if (panels.isEmpty()) {
      return caption + "\nNo cell has ended: there is nothing to draw.\n";
    }
    Path file = study.file(id() + ".svg");
    BandChart.write(file, "epoch", panels);
    return caption
        + "\n"
        + summary(panels)
        + "\n\nCurves with bands of one standard deviation over seeds in "
        + file
        + ".\n";
  }

  private ImmutableList<BandChart.Series> series(
      Design design, StudyFolder study, StudyData data, String method) {
    ImmutableList.Builder<BandChart.Series> series = ImmutableList.builder();
    ImmutableList<ImmutableList<Cell>> groups = groups(design, data, method);
    for (int i = 0; i < groups.size(); i++) {
      Optional<Watched> read =
          Watched.of(study, groups.get(i), curves == Curves.UMM ? "umm" : "pretrain");
      if (read.isPresent()) {
        Watched watched = read.get();
        List<String> drawn =
            switch (curves) {
              case STAGES -> List.of(watched.early(), watched.last());
              case METRICS, UMM -> List.of(Watched.ACCURACY, Watched.RATE);
              case SCHEDULES -> List.of(SCHEDULES.get(i));
            };
        for (String what : drawn) {
          Band band = band(watched, what);
          series.add(
              new BandChart.Series(
                  what,
                  ImmutableDoubleArray.copyOf(watched.epochs()),
                  band.mean(),
                  band.deviation(),
                  OptionalInt.empty()));
        }
      }
    }
    return series.build();
  }

  /** Whether a curve rises and falls, in numbers. */
  private static Table summary(List<BandChart.Panel> panels) {
    Table table = Table.of("panel", "curve", "first", "highest", "at epoch", "last");
    for (BandChart.Panel panel : panels) {
      for (BandChart.Series series : panel.series()) {
        double[] mean = series.mean().toArray();
        double highest = Arrays.stream(mean).max().orElseThrow();
        int at = series.mean().indexOf(highest);
        table =
            table.formatted(
                "%s|%s|%s|%s|%.0f|%s",
                panel.title(),
                series.name(),
                number(mean[0]),
                number(highest),
                series.x().get(at),
                number(mean[mean.length - 1]));
      }
    }
    return table;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, Math.abs(value) < 10 ? "%.3f" : "%.2f", value);
  }
}
