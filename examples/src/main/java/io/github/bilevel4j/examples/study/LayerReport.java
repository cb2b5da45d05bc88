package io.github.bilevel4j.examples.study;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.eval.Paired;
import io.github.bilevel4j.examples.report.BandChart;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.experiment.Guillotine;
import io.github.bilevel4j.experiment.LayerScore;
import io.github.bilevel4j.experiment.LayerScores;
import io.github.bilevel4j.ssl.HeadStages;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What the scores of layers in runs that differ in the seed say together: means, and the layer that
 * is best by the mean accuracy on the pictures held out, of equally good ones the last.
 */
public record LayerReport(ImmutableList<LayerScores> runs) {

  private LayerScores first() {
    return runs.get(0);
  }

  private double[] values(String target, String layer, ToDoubleFunction<LayerScore> value) {
    return runs.stream().mapToDouble(run -> value.applyAsDouble(run.at(target, layer))).toArray();
  }

  private Paired over(double[] values) {
    return Paired.of(values, new double[values.length]);
  }

  /** The mean over runs of what was measured of a layer. */
  double mean(String target, String layer, ToDoubleFunction<LayerScore> value) {
    return over(values(target, layer, value)).mean();
  }

  /** The standard deviation over runs, zero of one. */
  private double deviation(String target, String layer) {
    double error = over(values(target, layer, LayerScore::top1)).standardError();
    return runs.size() < 2 ? 0 : error * Math.sqrt(runs.size());
  }

  /** The best layer of all runs together. */
  String best(String target) {
    return first().layers().stream()
        .reduce(
            (best, layer) ->
                mean(target, layer, LayerScore::heldOut) >= mean(target, best, LayerScore::heldOut)
                    ? layer
                    : best)
        .orElseThrow();
  }

  /** The gain of cutting after the best layer, in each run. */
  Paired gain(String target) {
    String best = best(target);
    return Paired.of(
        values(target, best, LayerScore::top1),
        values(target, HeadStages.PROJECTOR_OUT, LayerScore::top1));
  }

  /** How many layers are behind the best. */
  int removed(String target) {
    return first().removed(best(target));
  }

  /** The best layer of each run by itself. */
  ImmutableList<String> bestOfEach(String target) {
    return runs.stream()
        .map(run -> run.best(target).layer())
        .collect(ImmutableList.toImmutableList());
  }

  /** What a target judges the layers by. */
  public static String heading(String target) {
    return switch (target) {
      case LayerScores.OWN -> "own: the train part's classes, on the test part";
      case LayerScores.SHIFTED ->
          "shifted: the same, with the colors of the pictures that are judged changed";
      default -> target + ": its own classes";
    };
  }

  /** The layers for a target. */
  public Table table(String target) {
    boolean hasTop5 = first().rows().stream().anyMatch(row -> row.top5().isPresent());
    ImmutableList.Builder<String> titles = ImmutableList.builder();
    titles.add("layer", "d", "RankMe", "weight decay", "held out %", "top-1 %");
    if (hasTop5) {
      titles.add("top-5 %");
    }
    Table table = Table.of(titles.add("5-NN %", "").build().toArray(String[]::new));
    for (LayerScore row : first().of(target)) {
      table = table.row(cells(target, row, hasTop5));
    }
    return table;
  }

  private String[] cells(String target, LayerScore row, boolean hasTop5) {
    String layer = row.layer();
    ImmutableList.Builder<String> cells = ImmutableList.builder();
    cells.add(
        layer,
        String.valueOf(row.dimension()),
        number("%.1f", mean(target, layer, LayerScore::rankMe)),
        Joiner.on(", ")
            .join(
                runs.stream()
                    .map(run -> number("%.0e", run.at(target, layer).weightDecay()))
                    .distinct()
                    .sorted()
                    .toList()),
        number("%.2f", mean(target, layer, LayerScore::heldOut)),
        number("%.2f", mean(target, layer, LayerScore::top1))
            + (runs.size() < 2 ? "" : number(" ± %.2f", deviation(target, layer))));
    if (hasTop5) {
      cells.add(
          row.top5().isPresent()
              ? number("%.2f", mean(target, layer, score -> score.top5().getAsDouble()))
              : "");
    }
    return cells
        .add(number("%.2f", mean(target, layer, LayerScore::neighbors)))
        .add(layer.equals(best(target)) ? "best" : "")
        .build()
        .toArray(String[]::new);
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  /** Where to cut, and what that gains. */
  public String summary(String target) {
    String best = best(target);
    int removed = removed(target);
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s: cut after %s, which removes %d layer%s; cut gain over %s %s points",
            target,
            best,
            removed,
            removed == 1 ? "" : "s",
            HeadStages.PROJECTOR_OUT,
            gain(target).text(2)));
    if (runs.size() > 1) {
      Paired gain = gain(target);
      text.append(
          String.format(
              Locale.ROOT,
              ", 95 %% interval %+.2f to %+.2f, paired over %d runs",
              gain.low(),
              gain.high(),
              runs.size()));
      text.append("; best in each: ");
      text.append(Joiner.on(", ").join(bestOfEach(target)));
    }
    return text.toString();
  }

  /** Test accuracy by layer, a curve for each target, a dot at the best. */
  public BandChart.Panel panel(String title) {
    List<String> layers = first().layers();
    double[] x = IntStream.range(0, layers.size()).asDoubleStream().toArray();
    return new BandChart.Panel(
        title,
        first().targets().stream()
            .map(
                target ->
                    BandChart.Series.of(
                            target,
                            x,
                            layers.stream()
                                .mapToDouble(layer -> mean(target, layer, LayerScore::top1))
                                .toArray(),
                            layers.stream()
                                .mapToDouble(layer -> deviation(target, layer))
                                .toArray())
                        .marked(layers.indexOf(best(target))))
            .toList(),
        layers);
  }

  /** The layer after which weights are cut: rows of length one have none of their own. */
  public static String cut(LayerScores scores) {
    String best = scores.best(LayerScores.OWN).layer();
    return best.endsWith(Guillotine.UNIT)
        ? best.substring(0, best.length() - Guillotine.UNIT.length())
        : best;
  }
}
