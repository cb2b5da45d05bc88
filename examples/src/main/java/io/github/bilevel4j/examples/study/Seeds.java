package io.github.bilevel4j.examples.study;

import com.google.common.math.Stats;
import io.github.bilevel4j.eval.Paired;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.IntStream;

/** A measurement over seeds, in the order of the seeds; NaN where there is none. */
record Seeds(List<Double> values) {

  /** Of cells' results. */
  static Seeds of(StudyFolder study, List<Cell> cells, Function<CellResult, Double> value) {
    return new Seeds(
        cells.stream().map(cell -> study.result(cell).map(value).orElse(Double.NaN)).toList());
  }

  private double[] finite() {
    return values.stream().mapToDouble(each -> each).filter(Double::isFinite).toArray();
  }

  /** How many there are. */
  int count() {
    return finite().length;
  }

  /** Mean and standard deviation (divisor: one less than the number). */
  String text() {
    double[] all = finite();
    if (all.length == 0) {
      return "-";
    }
    Stats stats = Stats.of(all);
    return all.length == 1
        ? String.format(Locale.ROOT, "%.2f", stats.mean())
        : String.format(Locale.ROOT, "%.2f ± %.2f", stats.mean(), stats.sampleStandardDeviation());
  }

  /** The paired difference to another measurement, of the seeds that have both. */
  String less(Seeds other) {
    int[] both =
        IntStream.range(0, values.size())
            .filter(i -> Double.isFinite(values.get(i)) && Double.isFinite(other.values.get(i)))
            .toArray();
    if (both.length == 0) {
      return "-";
    }
    return Paired.of(
            IntStream.of(both).mapToDouble(values::get).toArray(),
            IntStream.of(both).mapToDouble(other.values::get).toArray())
        .text(2);
  }
}
