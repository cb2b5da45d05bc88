package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.HostFunction;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.losses.distillation.Sinkhorn;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Sinkhorn assignments of ten samples to four prototypes. */
class SinkhornProperties {
  private static final int SAMPLES = 10;
  private static final int PROTOTYPES = 4;
  private static final double EPSILON = 0.5;

  private static final HostFunction ASSIGNMENTS =
      HostFunction.of(
          Precision.FLOAT64,
          List.of(Shape.of(SAMPLES, PROTOTYPES)),
          arguments ->
              Map.of(
                  "three", Sinkhorn.epsilon(EPSILON).of(arguments.get(0)),
                  "many", Sinkhorn.epsilon(EPSILON).iterations(150).of(arguments.get(0))));

  private static Array scores(Draws draws) {
    return draws.uniform(-1, 1, SAMPLES, PROTOTYPES);
  }

  private static Array three(Array scores) {
    return ASSIGNMENTS.at(scores).get("three");
  }

  private static double rowSum(Array matrix, int row) {
    return DoubleStream.of(Rows.row(matrix, row)).sum();
  }

  @Property(seed = "108", tries = 20)
  void haveRowsThatSumToOne(@ForAll long seed) {
    Array q = three(scores(Draws.seed(seed)));
    for (int i = 0; i < SAMPLES; i++) {
      assertClose(rowSum(q, i), 1);
    }
  }

  @Property(seed = "109", tries = 20)
  void useAllPrototypesAlikeInTheLimit(@ForAll long seed) {
    Array columns = Rows.transposed(ASSIGNMENTS.at(scores(Draws.seed(seed))).get("many"));
    for (int k = 0; k < PROTOTYPES; k++) {
      assertClose(rowSum(columns, k), (double) SAMPLES / PROTOTYPES, 1e-6);
    }
  }

  /**
   * {@code Q = diag(a) exp(S / epsilon) diag(b)}: cross-ratios are those of {@code exp(S /
   * epsilon)}.
   */
  @Property(seed = "110", tries = 20)
  void scaleRowsAndColumnsOnly(@ForAll long seed) {
    Array s = scores(Draws.seed(seed));
    Array q = three(s);
    for (int i = 1; i < SAMPLES; i++) {
      for (int k = 1; k < PROTOTYPES; k++) {
        assertClose(
            Math.log(q.get(i, k) * q.get(0, 0) / (q.get(i, 0) * q.get(0, k))),
            (s.get(i, k) + s.get(0, 0) - s.get(i, 0) - s.get(0, k)) / EPSILON);
      }
    }
  }

  /** What favors a prototype for all samples alike is taken back. */
  @Property(seed = "111", tries = 20)
  void doNotDependOnWhatIsAddedToAPrototypesScores(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Array s = scores(draws);
    assertClose(three(Rows.shifted(s, draws.normal(PROTOTYPES))), three(s));
  }

  @Property(seed = "112", tries = 20)
  void followTheOrderOfTheSamples(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Array s = scores(draws);
    List<Integer> order = draws.order(SAMPLES);
    assertClose(three(Rows.ordered(s, order)), Rows.ordered(three(s), order));
  }
}
