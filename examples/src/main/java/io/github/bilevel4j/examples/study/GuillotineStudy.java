package io.github.bilevel4j.examples.study;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.eval.Paired;
import io.github.bilevel4j.examples.report.BandChart;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.experiment.LayerScore;
import io.github.bilevel4j.experiment.LayerScores;
import io.github.bilevel4j.ssl.HeadStages;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Where a pre-trained network should be cut, by method (Bordes et al., "Guillotine Regularization",
 * 2023): every layer of encoder and projector judged by a linear probe.
 */
record GuillotineStudy() implements Study {
  private static final ImmutableList<String> METHODS =
      ImmutableList.of("simclr", "byol", "barlow-twins", "vicreg");

  private static final String STAGE = "pool";

  @Override
  public String id() {
    return "guillotine";
  }

  @Override
  public String title() {
    return "linear accuracy (%) by layer of encoder and projector, and the gain of cutting after the"
        + " best one";
  }

  @Override
  public ImmutableList<Benchmark> benchmarks() {
    return ImmutableList.of(Benchmark.CIFAR_10);
  }

  @Override
  public ImmutableList<Cell> cells(Design design) {
    ImmutableList.Builder<Cell> cells = ImmutableList.builder();
    for (StudyData data : design.data()) {
      design.methods(METHODS).forEach(method -> cells.addAll(cells(design, data, method)));
    }
    return cells.build();
  }

  private static ImmutableList<Cell> cells(Design design, StudyData data, String method) {
    return design.overSeeds(
        seed -> design.layers(design.pretrained(data, method, seed), data, method, seed));
  }

  /** What the scores of a method's seeds say together, where there are any. */
  private static Map<String, LayerReport> reports(Design design, StudyFolder study) {
    Map<String, LayerReport> reports = new LinkedHashMap<>();
    for (StudyData data : design.data()) {
      for (String method : design.methods(METHODS)) {
        ImmutableList<LayerScores> scores =
            cells(design, data, method).stream()
                .map(cell -> study.folder(cell).resolve(LayerScores.FILE))
                .filter(Files::isRegularFile)
                .map(LayerScores::read)
                .collect(ImmutableList.toImmutableList());
        if (!scores.isEmpty()) {
          reports.put(method + ", " + data.title(), new LayerReport(scores));
        }
      }
    }
    return reports;
  }

  @Override
  public String layout(Design design, StudyFolder study, String caption) {
    Map<String, LayerReport> reports = reports(design, study);
    if (reports.isEmpty()) {
      return caption + "\nNo cell has ended: there is nothing to draw.\n";
    }
    StringBuilder text = new StringBuilder(caption);
    for (String target : List.of(LayerScores.OWN, LayerScores.SHIFTED)) {
      text.append("\n").append(LayerReport.heading(target)).append(":\n\n");
      text.append(cuts(reports, target)).append("\n");
    }
    reports.forEach(
        (title, report) ->
            text.append("\n")
                .append(title)
                .append(":\n\n")
                .append(report.table(LayerScores.OWN))
                .append("\n"));
    Path picture = study.file(id() + ".svg");
    BandChart.write(
        picture,
        "layer",
        reports.entrySet().stream()
            .map(each -> each.getValue().panel(each.getKey()))
            .collect(ImmutableList.toImmutableList()));
    return text.append(
            """

            The best layer is chosen on a tenth of the train part held out, by the mean over seeds; the gain is
            what its test accuracy has over that of what enters the loss, paired over seeds, with Student's
            interval of 95 %. Bordes et al. report more than 30 points for ResNet-50 on ImageNet.
            """)
        .append("picture: ")
        .append(picture)
        .append("\n")
        .toString();
  }

  private static Table cuts(Map<String, LayerReport> reports, String target) {
    Table table =
        Table.of(
            "method",
            "cut after",
            "removed",
            STAGE + " %",
            HeadStages.PROJECTOR_OUT + " %",
            "best %",
            "cut gain",
            "95 % interval",
            "RankMe " + STAGE,
            "RankMe " + HeadStages.PROJECTOR_OUT,
            "best in each");
    for (Map.Entry<String, LayerReport> each : reports.entrySet()) {
      LayerReport report = each.getValue();
      String best = report.best(target);
      Paired gain = report.gain(target);
      table =
          table.row(
              each.getKey(),
              best,
              String.valueOf(report.removed(target)),
              number(report, target, STAGE, LayerScore::top1),
              number(report, target, HeadStages.PROJECTOR_OUT, LayerScore::top1),
              number(report, target, best, LayerScore::top1),
              gain.text(2),
              gain.count() < 2
                  ? "-"
                  : String.format(Locale.ROOT, "%+.2f to %+.2f", gain.low(), gain.high()),
              number(report, target, STAGE, LayerScore::rankMe),
              number(report, target, HeadStages.PROJECTOR_OUT, LayerScore::rankMe),
              Joiner.on(", ").join(report.bestOfEach(target)));
    }
    return table;
  }

  private static String number(
      LayerReport report, String target, String layer, ToDoubleFunction<LayerScore> value) {
    return String.format(Locale.ROOT, "%.2f", report.mean(target, layer, value));
  }
}
