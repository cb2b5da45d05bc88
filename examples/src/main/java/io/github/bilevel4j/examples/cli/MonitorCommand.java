package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.report.BandChart;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.monitor.Association;
import io.github.bilevel4j.monitor.MonitorRow;
import io.github.bilevel4j.monitor.MonitoredRuns;
import io.github.bilevel4j.monitor.StopOn;
import io.github.bilevel4j.monitor.StopRule;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells what monitors say of runs. */
@Command(
    name = "monitor",
    description =
        "What was measured while encoders were trained (pretrain and umm with --monitor): how far each"
            + " monitor goes together with accuracy, when the stop rules would have ended the"
            + " training, what each costs, and all curves as a picture.")
final class MonitorCommand extends PrintingCommand {
  private static final List<String> LABEL_FREE =
      MonitorRow.METRICS.subList(0, MonitorRow.METRICS.indexOf("knn"));

  private static final ImmutableSet<String> PARTS_OF_OTHERS =
      ImmutableSet.of("rate", "compressed", "alpha_r2");

  /** Accuracies first; losses have a panel together. */
  private static final ImmutableList<String> DRAWN =
      Stream.concat(
              Stream.of("linear", "knn"),
              LABEL_FREE.stream()
                  .filter(name -> !PARTS_OF_OTHERS.contains(name) && !name.startsWith("loss")))
          .collect(ImmutableList.toImmutableList());

  @Parameters(
      arity = "1..*",
      paramLabel = "RUN",
      description = "folders of runs that differ in the seed alone")
  private List<Path> runs;

  @Option(
      names = "--phase",
      description = "pretrain, or another training of the runs (default: ${DEFAULT-VALUE})")
  private String phase = "pretrain";

  @Option(
      names = "--accuracy",
      paramLabel = "WHAT",
      description = "linear or knn: that of the linear probe or of neighbors (default: linear)")
  private Accuracy accuracy = Accuracy.LINEAR;

  @Option(
      names = "--over-seeds",
      description = "also each coefficient's mean and standard error over the runs, two or more")
  private boolean overSeeds;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "the picture, in SVG (default: monitor.svg in the first run's folder)")
  private Path picture;

  /** Whose accuracy. */
  enum Accuracy {
    LINEAR,
    KNN
  }

  @Override
  public Integer call() {
    if (overSeeds && runs.size() < 2) {
      throw UsageError.in("--over-seeds")
          .because("an interval over seeds needs two runs or more, got %d", runs.size())
          .maybe("the folders of all seeds were meant.");
    }
    MonitoredRuns read = MonitoredRuns.read(runs, phase);
    if (read.has(metric())) {
      print("Correlation with the accuracy of %s, %s", metric(), moments(read));
      print(associations(read));
      print("");
      print(stops(read));
    } else {
      print("no accuracy was measured (--monitor-probe): nothing to correlate with");
    }
    print("");
    print(costs(read));
    Path file = picture == null ? runs.get(0).resolve("monitor.svg") : picture;
    BandChart.write(file, "epoch", panels(read));
    print("curves in " + file);
    return 0;
  }

  private String metric() {
    return accuracy == Accuracy.LINEAR ? "linear" : "knn";
  }

  private static String moments(MonitoredRuns read) {
    return "%d moments, %s"
        .formatted(
            read.epochs().size(),
            read.count() == 1 ? "one run" : "means of %d runs".formatted(read.count()));
  }

  private Table associations(MonitoredRuns read) {
    ImmutableList.Builder<String> titles = ImmutableList.builder();
    titles.add(
        "monitor",
        "stage",
        "Pearson",
        "95 % interval",
        "by n_eff",
        "Spearman",
        "changes",
        "after peak");
    if (overSeeds) {
      titles.add("over seeds");
    }
    Table table = Table.of(titles.build().toArray(String[]::new));
    for (String monitor : LABEL_FREE) {
      for (String stage : read.stages()) {
        if (!PARTS_OF_OTHERS.contains(monitor) && read.has(monitor, stage)) {
          table = table.row(row(read, monitor, stage));
        }
      }
    }
    return table;
  }

  private String[] row(MonitoredRuns read, String monitor, String stage) {
    Association of = Association.of(read.mean(monitor, stage), read.mean(metric(), stage));
    ImmutableList.Builder<String> cells = ImmutableList.builder();
    cells.add(
        monitor,
        stage,
        number(of.pearson()),
        "%s to %s".formatted(number(of.low()), number(of.high())),
        "%s to %s (%s)"
            .formatted(number(of.fisherLow()), number(of.fisherHigh()), number(of.effective())),
        number(of.spearman()),
        number(of.differences()),
        number(of.late()));
    if (overSeeds) {
      double[] each =
          IntStream.range(0, read.count())
              .mapToDouble(
                  run ->
                      Association.of(
                              read.values(run, monitor, stage), read.values(run, metric(), stage))
                          .pearson())
              .toArray();
      cells.add("%s ± %s".formatted(number(mean(each)), number(standardError(each))));
    }
    return cells.build().toArray(String[]::new);
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.2f", value);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private static double standardError(double[] values) {
    double mean = mean(values);
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return Math.sqrt(squares / (values.length - 1) / values.length);
  }

  /** What a rule would have answered in each run, and what that costs against the best epoch. */
  private Table stops(MonitoredRuns read) {
    Table table =
        Table.of("stop rule", "run", "turned", "its epoch", "accuracy there", "last", "highest");
    String stage = read.stages().get(read.stages().size() - 1);
    for (StopOn on : StopOn.values()) {
      for (int run = 0; run < read.count(); run++) {
        double[] reached = read.values(run, metric(), stage);
        StopRule rule = new StopRule();
        List<MonitorRow> rows = read.rows(run, stage);
        int turned = 0;
        while (turned < rows.size() && !rule.hasTurned()) {
          rule.add(on.value(rows.get(turned++)));
        }
        int answer = rule.hasTurned() ? rule.best() : rows.size() - 1;
        table =
            table.formatted(
                "%s|%d|%s|%d|%.2f|%.2f|%.2f",
                on,
                run + 1,
                rule.hasTurned() ? "at " + rows.get(turned - 1).epoch() : "no",
                rows.get(answer).epoch(),
                reached[answer],
                reached[reached.length - 1],
                Arrays.stream(reached).max().orElseThrow());
      }
    }
    return table;
  }

  private static Table costs(MonitoredRuns read) {
    Table table = Table.of("cost of", "stage", "seconds an evaluation", "with features");
    for (String stage : read.stages()) {
      for (String cost : MonitorRow.COSTS) {
        double seconds = read.seconds(cost, stage);
        if (!Double.isNaN(seconds)) {
          table =
              table.formatted(
                  "%s|%s|%.3f|%s",
                  cost,
                  stage,
                  seconds,
                  features(cost)
                      .map(
                          from ->
                              String.format(
                                  Locale.ROOT, "%.3f", seconds + read.seconds(from, stage)))
                      .orElse(""));
        }
      }
    }
    return table;
  }

  /** The features that a metric needs. */
  private static Optional<String> features(String cost) {
    return switch (cost) {
      case "features", "probe_features", "loss" -> Optional.empty();
      case "knn", "linear" -> Optional.of("probe_features");
      default -> Optional.of("features");
    };
  }

  private static ImmutableList<BandChart.Panel> panels(MonitoredRuns read) {
    ImmutableList.Builder<BandChart.Panel> panels = ImmutableList.builder();
    double[] epochs = read.epochs().stream().mapToDouble(each -> each).toArray();
    for (String metric : DRAWN) {
      List<BandChart.Series> series =
          read.stages().stream()
              .filter(stage -> read.has(metric, stage))
              .map(
                  stage ->
                      BandChart.Series.of(
                          stage, epochs, read.mean(metric, stage), read.deviation(metric, stage)))
              .toList();
      if (!series.isEmpty()) {
        panels.add(new BandChart.Panel(metric, series));
      }
    }
    String stage = read.stages().get(0);
    return panels
        .add(
            new BandChart.Panel(
                "self-supervised loss",
                List.of("loss_seen", "loss_heldout").stream()
                    .map(
                        metric ->
                            BandChart.Series.of(
                                metric.equals("loss_seen") ? "seen" : "held out",
                                epochs,
                                read.mean(metric, stage),
                                read.deviation(metric, stage)))
                    .toList()))
        .build();
  }
}
