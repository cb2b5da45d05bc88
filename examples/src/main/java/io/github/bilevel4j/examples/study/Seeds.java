package io.github.bilevel4j.examples.study;

import com.google.common.math.Stats;
import io.github.bilevel4j.eval.Paired;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A measurement over seeds.
 *
 * @param values in the order of the seeds; NaN where there is none
 * @param decimals that are printed
 */
record Seeds(List<Double> values, int decimals) {
  private static final int OF_POINTS = 2;
  private static final int OF_FRACTIONS = 4;

  /** Of points, per cent or losses. */
  Seeds(List<Double> values) {
    this(values, OF_POINTS);
  }

  /** The same, printed as what is between 0 and 1. */
  Seeds asFractions() {
    return new Seeds(values, OF_FRACTIONS);
  }

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
    String format = "%." + decimals + "f";
    return all.length == 1
        ? String.format(Locale.ROOT, format, stats.mean())
        : String.format(
            Locale.ROOT, format + " ± " + format, stats.mean(), stats.sampleStandardDeviation());
  }

  /** The paired difference to another measurement, of the seeds that have both. */
  String less(Seeds other) {
    return less(other, 1);
  }

  /** The same as one of several comparisons, see {@link Paired#leastErrors(int, int)}. */
  String less(Seeds other, int comparisons) {
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
        .text(decimals, comparisons);
  }
}
