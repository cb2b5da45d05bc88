package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.autodiff.Draws;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.TopK;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Sorting with equal, infinite and undefined elements, and running sums. */
class OrderingTest {
  private static final double NAN = Double.NaN;
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  private static Results run(Precision precision, Step step) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), precision)) {
      return engine.compile(step).run();
    }
  }

  private static double[] computed(Expr expression) {
    return run(Precision.FLOAT64, Step.named("order").output("y", expression)).get("y").toDoubles();
  }

  private static void requireAsReference(Step step) {
    Results results = run(Precision.FLOAT64, step);
    step.outputs()
        .forEach(
            (name, expression) ->
                assertThat(results.get(name))
                    .as(name)
                    .isEqualTo(Interpreter.atStart().evaluate(expression)));
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void equalElementsKeepTheirOrder(Precision precision) {
    Expr x = Expr.variable("x", Array.vector(2, 1, 2, 0, 1, 2));
    TopK top = x.topK(6, 0);
    Results results =
        run(
            precision,
            Step.named("ties")
                .output("sorted", x.sorted(0))
                .output("argsort", x.argSort(0))
                .output("ranks", x.ranks(0))
                .output("top", top.values())
                .output("top indices", top.indices()));
    assertThat(results.get("sorted").toDoubles()).containsExactly(0, 1, 1, 2, 2, 2);
    assertThat(results.get("argsort").toDoubles()).containsExactly(3, 1, 4, 0, 2, 5);
    assertThat(results.get("ranks").toDoubles()).containsExactly(3, 1, 4, 0, 2, 5);
    assertThat(results.get("top").toDoubles()).containsExactly(2, 2, 2, 1, 1, 0);
    assertThat(results.get("top indices").toDoubles()).containsExactly(0, 2, 5, 1, 4, 3);
  }

  @Test
  void whatIsNotANumberIsTheLargest() {
    Expr x = Expr.variable("x", Array.vector(1, NAN, -INFINITY, 3, NAN, -2));
    assertThat(computed(x.sorted(0))).containsExactly(-INFINITY, -2, 1, 3, NAN, NAN);
    assertThat(computed(x.argSort(0))).containsExactly(2, 5, 0, 3, 1, 4);
    assertThat(computed(x.topK(3, 0).values())).containsExactly(NAN, NAN, 3);
    assertThat(computed(x.topK(3, 0).indices())).containsExactly(1, 4, 3);
  }

  @Test
  void sortsAlongEveryAxisAsTheReferenceDoes() {
    Expr x = Expr.variable("x", Draws.seed(1).indices(3, 3, 4, 2));
    for (int axis = -3; axis < 3; axis++) {
      Step step =
          Step.named("axis")
              .output("sorted", x.sorted(axis))
              .output("argsort", x.argSort(axis))
              .output("ranks", x.ranks(axis))
              .output("top", x.topK(2, axis).values())
              .output("cumsum", x.cumsum(axis))
              .output("exclusive", x.exclusiveCumsum(axis));
      requireAsReference(step);
    }
  }

  /**
   * Searched by blocks, of a divisor's size or filled up: few distinct elements, so that many are
   * equal across blocks; less than nothing and more than all among them.
   */
  @ParameterizedTest
  @CsvSource({"5000,1", "5000,7", "5003,7", "4096,100", "2048,60", "2503,2"})
  void longRowsAsTheReferenceDoes(int size, int count) {
    double[] values = Draws.seed(3).indices(40, 2, 3, size).toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] = values[i] == 0 ? -INFINITY : values[i] == 1 ? NAN : values[i];
    }
    Arrays.fill(values, size, 2 * size, -INFINITY);
    Expr x = Expr.variable("x", Array.wrap(Shape.of(2, 3, size), values));
    Expr weights = Expr.constant(Draws.seed(4).normal(2, 3, count));
    TopK top = x.topK(count, -1);
    Step step =
        Step.named("long")
            .output("values", top.values())
            .output("indices", top.indices())
            .output("least", x.negated().topK(count, -1).indices())
            .output("gradient", top.values().times(weights).sum().gradient(x));
    requireAsReference(step);
  }

  @Test
  void positionsAndRanksAreInversePermutations() {
    Expr x = Expr.variable("x", Draws.seed(2).normal(5, 7));
    assertThat(computed(x.ranks(1).minus(x.argSort(1).argSort(1)))).containsOnly(0);
    assertThat(computed(x.ranks(0).argSort(0).minus(x.argSort(0)))).containsOnly(0);
  }

  @Test
  void othersAreSortedByKeys() {
    Expr keys = Expr.variable("keys", Array.vector(2, 0, 1));
    Expr x = Expr.variable("x", Array.vector(10, 20, 30));
    Expr weights = Expr.constant(Array.vector(1, 2, 3));
    Expr sorted = x.sortedBy(keys, 0);
    assertThat(computed(sorted)).containsExactly(20, 30, 10);
    assertThat(computed(sorted.dot(weights).gradient(x))).containsExactly(3, 1, 2);
    assertThat(sorted.reaches(keys)).isFalse();
  }

  @Test
  void runningSumsCountFromTheFront() {
    Expr x = Expr.variable("x", Array.vector(1, 2, 4));
    assertThat(computed(x.cumsum(0))).containsExactly(1, 3, 7);
    assertThat(computed(x.exclusiveCumsum(0))).containsExactly(0, 1, 3);
    Expr weights = Expr.constant(Array.vector(1, 10, 100));
    assertThat(computed(x.cumsum(0).dot(weights).gradient(x))).containsExactly(111, 110, 100);
    assertThat(computed(x.exclusiveCumsum(0).dot(weights).gradient(x)))
        .containsExactly(110, 100, 0);
  }

  @Test
  void sortsInABranch() {
    Expr x = Expr.variable("x", Array.vector(2, 0, 1));
    Expr chosen = Expr.cond(x.sum().greaterThan(0), x.sorted(0).cumsum(0), x.ranks(0));
    assertThat(computed(chosen)).containsExactly(0, 1, 3);
    assertThat(computed(chosen.sum().gradient(x))).containsExactly(1, 3, 2);
  }

  @Test
  void emptyAndSingleAxesAreSorted() {
    Expr empty = Expr.filled(1, Shape.of(2, 0));
    assertThat(computed(empty.sorted(1))).isEmpty();
    assertThat(computed(empty.ranks(1))).isEmpty();
    assertThat(computed(empty.cumsum(0))).isEmpty();
    Expr single = Expr.variable("s", Array.vector(7));
    assertThat(computed(single.sorted(0))).containsExactly(7);
    assertThat(computed(single.topK(0, 0).values())).isEmpty();
    assertThat(computed(single.topK(0, 0).values().sum().gradient(single))).containsExactly(0);
  }
}
