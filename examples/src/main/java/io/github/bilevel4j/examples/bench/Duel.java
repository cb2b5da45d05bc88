package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableList;
import com.google.common.math.Quantiles;
import io.github.bilevel4j.examples.report.Table;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;

/**
 * The same work here and in another program, in pairs of runs one after the other: what befalls the
 * machine befalls both.
 *
 * @param pairs in the order in which they were made
 */
public record Duel(ImmutableList<Pair> pairs) {

  /**
   * Two medians in seconds.
   *
   * @param here this program's
   * @param there the other's
   */
  public record Pair(double here, double there) {
    /** The time here by that there. */
    public double ratio() {
      return here / there;
    }
  }

  /**
   * Makes pairs. The one that begins changes from pair to pair; the other program is the first,
   * since it may fail.
   *
   * @param listener is told each pair when it is made
   */
  public static Duel of(
      int pairs, DoubleSupplier here, DoubleSupplier there, Consumer<Pair> listener) {
    ImmutableList.Builder<Pair> made = ImmutableList.builder();
    for (int i = 0; i < pairs; i++) {
      double first = (i % 2 == 0 ? there : here).getAsDouble();
      double second = (i % 2 == 0 ? here : there).getAsDouble();
      Pair pair = i % 2 == 0 ? new Pair(second, first) : new Pair(first, second);
      listener.accept(pair);
      made.add(pair);
    }
    return new Duel(made.build());
  }

  /** The median of the ratios here / there. */
  public double ratio() {
    return Quantiles.median().compute(ratios());
  }

  private List<Double> ratios() {
    return pairs.stream().map(Pair::ratio).toList();
  }

  /** A row for each pair, and a sentence. */
  @Override
  public String toString() {
    Table table = Table.of("pair", "here, s", "there, s", "here / there");
    for (int i = 0; i < pairs.size(); i++) {
      Pair pair = pairs.get(i);
      table = table.formatted("%d|%.4g|%.4g|%.3f", i + 1, pair.here(), pair.there(), pair.ratio());
    }
    return String.format(
        Locale.ROOT,
        "%s%n%nhere / there: median %.3f, from %.3f to %.3f %s",
        table,
        ratio(),
        Collections.min(ratios()),
        Collections.max(ratios()),
        pairs.size() == 1 ? "in one pair" : "in " + pairs.size() + " pairs");
  }
}
