package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.monitor.Association;
import io.github.bilevel4j.monitor.MonitoredRuns;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a monitor tells: its cost, table 9, and how far it goes with accuracy, table 11. */
enum MonitorTable implements Study {
  /** Times. */
  TABLE9(
      "seconds of an evaluation: linear probe, 5-NN, coding-rate reduction (CRR)",
      ImmutableList.of(Benchmark.CIFAR_10),
      ImmutableList.of("simclr")) {
    @Override
    String table(Design design, StudyFolder study) {
      Table table =
          Table.of(
              "data", "pre-training", "method", "features", "by itself", "together", "paper, V100");
      for (StudyData data : design.data()) {
        for (String method : methods(design)) {
          Optional<Watched> watched = watched(design, study, data, method);
          if (watched.isPresent()) {
            MonitoredRuns runs = watched.get().runs();
            String stage = watched.get().last();
            for (Cost cost : COSTS) {
              double features = runs.seconds(cost.features, stage);
              double alone = runs.seconds(cost.metric, stage);
              table =
                  table.formatted(
                      "%s|%s|%s|%.3f|%.3f|%.3f|%s",
                      data.title(),
                      method,
                      cost.title,
                      features,
                      alone,
                      features + alone,
                      cost.paper);
            }
          }
        }
      }
      return table
          + "\n\nIn seconds, means over all evaluations and seeds. CRR is of the held-out unlabeled"
          + " pictures, the others\nof the labeled parts.\n";
    }
  },
  /** Correlation coefficients. */
  TABLE11(
      "correlation of coding-rate reduction with linear accuracy, last stage",
      ImmutableList.of(
          Benchmark.CIFAR_10, Benchmark.CIFAR_100, Benchmark.TINY_IMAGENET, Benchmark.IMAGENET_100),
      Figure.METHODS) {
    @Override
    String table(Design design, StudyFolder study) {
      Table table =
          Table.of(
              "method",
              "data",
              "Pearson",
              "95 % interval",
              "by n_eff",
              "Spearman",
              "changes",
              "after peak",
              "paper",
              "seeds");
      for (String method : methods(design)) {
        for (StudyData data : design.data()) {
          Optional<Watched> watched = watched(design, study, data, method);
          if (watched.isPresent()) {
            table = table.row(row(watched.get(), method, data));
          }
        }
      }
      return table
          + "\n\n"
          + "Of the means over seeds at the epochs measured; the interval by a bootstrap of moving"
          + " blocks, and by\n"
          + "Fisher's transform for as many independent pairs as n_eff, in brackets, by both series'"
          + " autocorrelation.\nTwo rising curves go together whatever they measure: \"changes\" is of first differences, \"after"
          + " peak\" from the\n"
          + "highest accuracy on. The paper prints Pearson's coefficient.\n";
    }
  };

  private static final ImmutableList<Cost> COSTS =
      ImmutableList.of(
          new Cost("Linear Evaluation", "linear", "probe_features", "92.76"),
          new Cost("KNN", "knn", "probe_features", "13.63"),
          new Cost("CRR", "crr", "features", "4.03"));

  private final String title;
  private final ImmutableList<Benchmark> benchmarks;
  private final ImmutableList<String> ofPaper;

  MonitorTable(String title, ImmutableList<Benchmark> benchmarks, ImmutableList<String> ofPaper) {
    this.title = title;
    this.benchmarks = benchmarks;
    this.ofPaper = ofPaper;
  }

  /** What takes time, on features that take time, too. */
  private record Cost(String title, String metric, String features, String paper) {}

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
    return benchmarks;
  }

  ImmutableList<String> methods(Design design) {
    return design.methods(ofPaper);
  }

  private static ImmutableList<Cell> cells(Design design, StudyData data, String method) {
    return design.overSeeds(seed -> design.monitored(data, method, seed, Design.MONITORED));
  }

  static Optional<Watched> watched(
      Design design, StudyFolder study, StudyData data, String method) {
    return Watched.of(study, cells(design, data, method), "pretrain");
  }

  @Override
  public ImmutableList<Cell> cells(Design design) {
    ImmutableList.Builder<Cell> cells = ImmutableList.builder();
    design
        .data()
        .forEach(data -> methods(design).forEach(m -> cells.addAll(cells(design, data, m))));
    return cells.build();
  }

  @Override
  public String layout(Design design, StudyFolder study, String caption) {
    return caption + "\n" + table(design, study);
  }

  abstract String table(Design design, StudyFolder study);

  private static String[] row(Watched watched, String method, StudyData data) {
    MonitoredRuns runs = watched.runs();
    List<String> cells = new ArrayList<>(List.of(method, data.title()));
    if (runs.epochs().size() < Association.LEAST) {
      cells.addAll(List.of("too few epochs", "-", "-", "-", "-", "-"));
    } else {
      Association of =
          Association.of(
              runs.mean(Watched.RATE, watched.last()), runs.mean(Watched.ACCURACY, watched.last()));
      cells.addAll(
          List.of(
              number(of.pearson()),
              number(of.low()) + " to " + number(of.high()),
              "%s to %s (%s)"
                  .formatted(
                      number(of.fisherLow()), number(of.fisherHigh()), number(of.effective())),
              number(of.spearman()),
              number(of.differences()),
              number(of.late())));
    }
    cells.add(
        PaperNumbers.get("table11", data.compared().toString(), "pearson", method, "before")
            .orElse("-"));
    cells.add(Integer.toString(runs.count()));
    return cells.toArray(String[]::new);
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.2f", value);
  }
}
