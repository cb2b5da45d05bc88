package io.github.bilevel4j.losses.contrastive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.CosineSimilarity;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.losses.information.KullbackLeibler;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import org.junit.jupiter.api.Test;

class RelicV2Test {
  private final RelicV2Loss relic = RelicV2Loss.temperature(0.5);
  private final Expr o1 = OnCpu.random("o1", 1, 3, 4);
  private final Expr o2 = OnCpu.random("o2", 2, 3, 4);
  private final Expr t1 = OnCpu.random("t1", 3, 3, 4);
  private final Expr t2 = OnCpu.random("t2", 4, 3, 4);

  @Test
  void isTheMeanOverPairsOfContrastAndDivergence() {
    double expected = 0;
    for (Expr online : List.of(o1, o2)) {
      for (Expr target : List.of(t1, t2)) {
        expected += pair(online, target) / 4;
      }
    }
    assertThat(OnCpu.scalar(relic.of(List.of(o1, o2), List.of(t1, t2))))
        .isCloseTo(expected, within(1e-12));
    assertThat(OnCpu.scalar(relic.sameViews(false).of(List.of(o1, o2), List.of(t1, t2))))
        .isCloseTo((pair(o1, t2) + pair(o2, t1)) / 2, within(1e-12));
  }

  /** The loss of two views at temperature 1/2, written out. */
  private static double pair(Expr online, Expr target) {
    double[] o = OnCpu.value(online.normalized(-1)).toDoubles();
    double[] t = OnCpu.value(target.normalized(-1)).toDoubles();
    double sum = 0;
    for (int i = 0; i < 3; i++) {
      double rows = 0;
      double columns = 0;
      for (int j = 0; j < 3; j++) {
        rows += Math.exp(2 * product(o, i, t, j));
        columns += Math.exp(2 * product(t, i, o, j));
      }
      sum -= 2 * product(o, i, t, i) - Math.log(rows);
      for (int j = 0; j < 3; j++) {
        double logP = 2 * product(o, i, t, j) - Math.log(rows);
        double logQ = 2 * product(t, i, o, j) - Math.log(columns);
        sum += Math.exp(logP) * (logP - logQ);
      }
    }
    return sum / 3;
  }

  private static double product(double[] a, int i, double[] b, int j) {
    double product = 0;
    for (int c = 0; c < 4; c++) {
      product += a[4 * i + c] * b[4 * j + c];
    }
    return product;
  }

  @Test
  void comparesWithTheGivenNegatives() {
    Expr negatives = Expr.constant(Array.matrix(new double[][] {{1}, {0}, {0}}));
    // The first two images have but one another.
    double pair =
        OnCpu.scalar(
            relic.constraint(
                List.of(o1.slice(0, 0, 2), o2.slice(0, 0, 2)),
                List.of(t1.slice(0, 0, 2), t2.slice(0, 0, 2))));
    Expr restricted = relic.negatives(negatives).constraint(List.of(o1, o2), List.of(t1, t2));
    assertThat(OnCpu.scalar(restricted)).isCloseTo((2 * pair + lastRow()) / 3, within(1e-12));
  }

  /** The log-partition of the third image and the first, the mean over pairs of views. */
  private double lastRow() {
    double sum = 0;
    for (Expr online : List.of(o1, o2)) {
      for (Expr target : List.of(t1, t2)) {
        double[] o = OnCpu.value(online.normalized(-1)).toDoubles();
        double[] t = OnCpu.value(target.normalized(-1)).toDoubles();
        sum += Math.log(Math.exp(2 * product(o, 2, t, 2)) + Math.exp(2 * product(o, 2, t, 0)));
      }
    }
    return sum / 4;
  }

  @Test
  void comparesLargeViewsWithOneAnother() {
    RelicV2Loss large = relic.invariance(RelicV2Loss.Invariance.OF_LARGE_VIEWS);
    Expr small = OnCpu.random("o3", 5, 3, 4);
    double expected =
        divergence(o1, t2, o2, t1)
            + divergence(o2, t1, o1, t2)
            + divergence(o2, t1, small, t1)
            + divergence(o1, t2, small, t2);
    assertThat(OnCpu.scalar(large.divergence(List.of(o1, o2, small), List.of(t1, t2))))
        .isCloseTo(expected / 4, within(1e-12));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> large.divergence(List.of(o1, o2), List.of(t1)))
        .withMessage(
            """
            RelicV2Loss: needs two large views or more to compare, got 1.
            Maybe Invariance.OF_DIRECTIONS was meant.""");
  }

  /** {@code KL(p(a; b) || p(c; d))}. */
  private static double divergence(Expr a, Expr b, Expr c, Expr d) {
    return OnCpu.scalar(
        KullbackLeibler.ofLogs(
            CosineSimilarity.ofAllRows(a, b).times(2).logSoftmax(-1),
            CosineSimilarity.ofAllRows(c, d).times(2).logSoftmax(-1)));
  }

  @Test
  void reversesTheDivergence() {
    RelicV2Loss reverse = relic.sameViews(false).direction(RelicV2Loss.Direction.REVERSE);
    double expected = (divergence(t2, o1, o1, t2) + divergence(t1, o2, o2, t1)) / 2;
    assertThat(OnCpu.scalar(reverse.divergence(List.of(o1, o2), List.of(t1, t2))))
        .isCloseTo(expected, within(1e-12));
  }

  @Test
  void rejectsSettingsOutOfRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RelicV2Loss.temperature(0))
        .withMessage(
            """
            RelicV2Loss: the temperature must be positive, got 0.0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> relic.weight(-1))
        .withMessage(
            """
            RelicV2Loss: the weight of the divergence must be zero or more, got -1.0.""");
  }

  @Test
  void rejectsNegativesOfAnotherBatch() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                relic.negatives(Expr.input("negatives", 5, 2)).of(List.of(o1, o2), List.of(t1, t2)))
        .withMessage(
            """
            RelicV2Loss: there should be a row of negatives for each of the 3 images.
              negatives  negatives  [5, 2]
            Maybe they were drawn for another batch.""");
  }
}
