package io.github.bilevel4j.losses.information;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import org.junit.jupiter.api.Test;

class KullbackLeiblerTest {
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  private final Expr p = OnCpu.vector("p", 0.5, 0.5);
  private final Expr q = OnCpu.vector("q", 0.25, 0.75);

  @Test
  void isTheExpectedLogRatio() {
    double expected = 0.5 * Math.log(2) + 0.5 * Math.log(2.0 / 3);
    assertThat(OnCpu.scalar(KullbackLeibler.of(p, q))).isCloseTo(expected, within(1e-15));
    assertThat(OnCpu.scalar(KullbackLeibler.ofLogs(p.log(), q.log())))
        .isCloseTo(expected, within(1e-15));
  }

  @Test
  void hasUnconstrainedPartialDerivatives() {
    double[] inP = {Math.log(2) + 1, Math.log(2.0 / 3) + 1};
    double[] inQ = {-2, -2.0 / 3};
    assertThat(OnCpu.gradient(KullbackLeibler.of(p, q), p)).containsExactly(inP, within(1e-14));
    assertThat(OnCpu.gradient(KullbackLeibler.of(p, q), q)).containsExactly(inQ, within(1e-14));
    Expr ofLogs = KullbackLeibler.ofLogs(p.log(), q.log());
    assertThat(OnCpu.gradient(ofLogs, p)).containsExactly(inP, within(1e-14));
    assertThat(OnCpu.gradient(ofLogs, q)).containsExactly(inQ, within(1e-14));
  }

  @Test
  void takesTheMeanOverLeadingAxes() {
    Expr rowsOfP = OnCpu.matrix("p", new double[][] {{0.5, 0.5}, {0.25, 0.75}});
    Expr rowsOfQ = OnCpu.matrix("q", new double[][] {{0.25, 0.75}, {0.25, 0.75}});
    assertThat(OnCpu.scalar(KullbackLeibler.of(rowsOfP, rowsOfQ)))
        .isCloseTo(OnCpu.scalar(KullbackLeibler.of(p, q)) / 2, within(1e-15));
  }

  @Test
  void countsImpossibleOutcomesAsNothing() {
    Expr certain = OnCpu.vector("p", 0, 1, 0);
    Expr other = OnCpu.vector("q", 0.5, 0.5, 0);
    Expr divergence = KullbackLeibler.of(certain, other);
    assertThat(OnCpu.scalar(divergence)).isCloseTo(Math.log(2), within(1e-15));
    assertThat(OnCpu.gradient(divergence, other)).containsExactly(0, -2, 0);
    assertThat(OnCpu.gradient(divergence, certain))
        .containsExactly(new double[] {0, Math.log(2) + 1, 0}, within(1e-14));
  }

  @Test
  void countsLogarithmsThatUnderflowAsNothing() {
    Expr logP = OnCpu.vector("log p", -INFINITY, 0, -2000, -2000);
    Expr logQ = OnCpu.vector("log q", -INFINITY, -1, -1, -INFINITY);
    Expr divergence = KullbackLeibler.ofLogs(logP, logQ);
    assertThat(OnCpu.scalar(divergence)).isCloseTo(1, within(1e-15));
    assertThat(OnCpu.gradient(divergence, logP)).containsExactly(0, 2, 0, 0);
    assertThat(OnCpu.gradient(divergence, logQ)).containsExactly(0, -1, 0, 0);
  }

  @Test
  void isInfiniteWhereAPossibleOutcomeIsImpossibleForTheOther() {
    assertThat(OnCpu.scalar(KullbackLeibler.of(p, OnCpu.vector("q", 1, 0)))).isEqualTo(INFINITY);
    assertThat(OnCpu.scalar(KullbackLeibler.ofLogs(p.log(), OnCpu.vector("log q", 0, -INFINITY))))
        .isEqualTo(INFINITY);
  }

  @Test
  void rejectsDistributionsOverDifferentOutcomes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KullbackLeibler.of(Expr.input("before", 4), Expr.input("after", 6)))
        .withMessage(
            """
            KullbackLeibler: the distributions differ in shape.
              p  before  [4]
              q  after   [6]
            Maybe they are densities over different batches.""");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> KullbackLeibler.ofLogs(Expr.input("before", 4), Expr.input("after", 1, 4)))
        .withMessageStartingWith("KullbackLeibler: the distributions differ in shape.");
  }

  @Test
  void whatIsNotANumberStaysSo() {
    Expr p = OnCpu.vector("p", 0.5, 0.5, 0);
    Expr bad = OnCpu.vector("bad", 0.5, Double.NaN, 0.5);
    assertThat(OnCpu.scalar(KullbackLeibler.of(bad, p))).isNaN();
    assertThat(OnCpu.scalar(KullbackLeibler.of(p, bad))).isNaN();
    assertThat(OnCpu.scalar(KullbackLeibler.ofLogs(bad.log(), p.log()))).isNaN();
    assertThat(OnCpu.scalar(KullbackLeibler.ofLogs(p.log(), bad.log()))).isNaN();
    assertThat(OnCpu.scalar(JensenShannon.between(bad, p))).isNaN();
    assertThat(OnCpu.scalar(JensenShannon.betweenLogs(bad.log(), p.log()))).isNaN();
  }
}
