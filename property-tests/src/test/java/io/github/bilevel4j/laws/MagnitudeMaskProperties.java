package io.github.bilevel4j.laws;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.losses.longtail.MagnitudeMask;
import io.github.bilevel4j.shape.Array;
import java.util.Map;
import java.util.stream.DoubleStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;

/** Pruning by magnitude, beside a host that sorts. */
class MagnitudeMaskProperties {
  private static final int SIZE = 3 * 5 + 7;

  private static Vector weights(Array a, Array b) {
    return Vector.of(ImmutableMap.of("a", Expr.constant(a), "b", Expr.constant(b)));
  }

  private static double[] magnitudes(Array a, Array b) {
    return DoubleStream.concat(DoubleStream.of(a.toDoubles()), DoubleStream.of(b.toDoubles()))
        .map(Math::abs)
        .toArray();
  }

  private static Map<String, Array> computed(
      double fraction, Array a, Array b, Precision precision) {
    Vector weights = weights(a, b);
    MagnitudeMask mask = MagnitudeMask.fraction(fraction);
    try (Engine engine = Evaluation.open(precision)) {
      return Evaluation.on(
          engine,
          Map.of("mask", mask.of(weights).flattened(), "threshold", mask.threshold(weights)));
    }
  }

  private static void assertAsSorted(double fraction, Array a, Array b, Precision precision) {
    double[] magnitudes = magnitudes(a, b);
    int masked = (int) Math.ceil(fraction * SIZE);
    double threshold = DoubleStream.of(magnitudes).sorted().toArray()[masked];
    Map<String, Array> computed = computed(fraction, a, b, precision);
    assertThat(computed.get("threshold").scalarValue()).isEqualTo(threshold);
    assertThat(computed.get("mask").toDoubles())
        .containsExactly(DoubleStream.of(magnitudes).map(w -> w >= threshold ? 1 : 0).toArray());
  }

  /** Magnitudes of very different sizes; float32 holds these exactly. */
  @Property(seed = "225", tries = 8)
  void keepsWhatSortingKeeps(
      @ForAll long seed,
      @ForAll @DoubleRange(max = 0.95) double fraction,
      @ForAll Precision precision) {
    Draws draws = Draws.seed(seed);
    assertAsSorted(fraction, spread(draws.normal(3, 5)), spread(draws.normal(7)), precision);
  }

  private static Array spread(Array normal) {
    return Array.fill(normal.shape(), i -> (float) (normal.at(i) * Math.exp(-5 * (i % 3))));
  }

  /** Equal magnitudes are kept or masked together. */
  @Property(seed = "226", tries = 8)
  void keepsEqualMagnitudesTogether(
      @ForAll long seed,
      @ForAll @DoubleRange(max = 0.95) double fraction,
      @ForAll Precision precision) {
    Draws draws = Draws.seed(seed);
    assertAsSorted(fraction, rounded(draws.normal(3, 5)), rounded(draws.normal(7)), precision);
  }

  private static Array rounded(Array normal) {
    return Array.fill(normal.shape(), i -> Math.rint(normal.at(i)));
  }

  /** Signs and a common scale do not count. */
  @Property(seed = "227", tries = 4)
  void dependsOnTheOrderOfMagnitudesAlone(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Array a = draws.normal(3, 5);
    Array b = draws.normal(7);
    Array mask = computed(0.6, a, b, Precision.FLOAT64).get("mask");
    Array other =
        computed(
                0.6,
                Array.fill(a.shape(), i -> -4 * a.at(i)),
                Array.fill(b.shape(), i -> 4 * Math.abs(b.at(i))),
                Precision.FLOAT64)
            .get("mask");
    assertThat(other).isEqualTo(mask);
    assertThat(DoubleStream.of(mask.toDoubles()).sum()).isEqualTo(SIZE - Math.ceil(0.6 * SIZE));
  }

  /** A greater fraction masks what a smaller one masks, and more. */
  @Property(seed = "228", tries = 4)
  void masksMoreOfAGreaterFraction(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Array a = draws.normal(3, 5);
    Array b = draws.normal(7);
    Array few = computed(0.3, a, b, Precision.FLOAT64).get("mask");
    Array many = computed(0.6, a, b, Precision.FLOAT64).get("mask");
    Array both = Array.fill(few.shape(), i -> few.at(i) * many.at(i));
    assertThat(both).isEqualTo(many).isNotEqualTo(few);
  }
}
