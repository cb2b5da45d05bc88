package io.github.bilevel4j.losses.information;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import org.junit.jupiter.api.Test;

class JensenShannonTest {
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  private final Expr p = OnCpu.vector("p", 0.5, 0.5);
  private final Expr q = OnCpu.vector("q", 0.25, 0.75);

  @Test
  void isTheMeanDivergenceFromTheMiddle() {
    // The middle is (3/8, 5/8).
    double fromP = 0.5 * Math.log(4.0 / 3) + 0.5 * Math.log(4.0 / 5);
    double fromQ = 0.25 * Math.log(2.0 / 3) + 0.75 * Math.log(6.0 / 5);
    double expected = (fromP + fromQ) / 2;
    assertThat(OnCpu.scalar(JensenShannon.between(p, q))).isCloseTo(expected, within(1e-15));
    assertThat(OnCpu.scalar(JensenShannon.betweenLogs(p.log(), q.log())))
        .isCloseTo(expected, within(1e-15));
    assertThat(OnCpu.scalar(JensenShannon.toUniform(q))).isCloseTo(expected, within(1e-15));
    assertThat(OnCpu.scalar(JensenShannon.toUniformOfLogs(q.log())))
        .isCloseTo(expected, within(1e-15));
  }

  @Test
  void hasUnconstrainedPartialDerivatives() {
    double[] inQ = {Math.log(2.0 / 3) / 2, Math.log(6.0 / 5) / 2};
    assertThat(OnCpu.gradient(JensenShannon.between(p, q), q)).containsExactly(inQ, within(1e-14));
    assertThat(OnCpu.gradient(JensenShannon.betweenLogs(p.log(), q.log()), q))
        .containsExactly(inQ, within(1e-14));
  }

  @Test
  void ofDisjointDistributionsIsLogTwo() {
    Expr one = OnCpu.vector("one", 1, 0);
    Expr other = OnCpu.vector("other", 0, 1);
    assertThat(OnCpu.scalar(JensenShannon.between(one, other)))
        .isCloseTo(Math.log(2), within(1e-15));
    Expr logOne = OnCpu.vector("log one", 0, -INFINITY);
    Expr logOther = OnCpu.vector("log other", -INFINITY, 0);
    Expr ofLogs = JensenShannon.betweenLogs(logOne, logOther);
    assertThat(OnCpu.scalar(ofLogs)).isCloseTo(Math.log(2), within(1e-15));
    assertThat(OnCpu.gradient(ofLogs, logOne))
        .containsExactly(new double[] {Math.log(2) / 2, 0}, within(1e-15));
  }

  @Test
  void survivesLogarithmsThatUnderflow() {
    Expr logP = OnCpu.vector("log p", 0, -1e5, -INFINITY, -800);
    Expr logQ = OnCpu.vector("log q", 0, -INFINITY, -INFINITY, -1e6);
    Expr divergence = JensenShannon.betweenLogs(logP, logQ);
    assertThat(OnCpu.scalar(divergence)).isCloseTo(0, within(1e-15));
    assertThat(OnCpu.gradient(divergence, logP))
        .containsExactly(new double[] {0, 0, 0, 0}, within(1e-15));
  }

  @Test
  void rejectsScalars() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JensenShannon.toUniformOfLogs(Expr.input("density")))
        .withMessage(
            """
            JensenShannon: a distribution needs an axis of outcomes, got a scalar.
              log p  density  []
            Maybe a sum() or mean() should be dropped.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JensenShannon.toUniform(Expr.input("density")))
        .withMessage(
            """
            JensenShannon: a distribution needs an axis of outcomes, got a scalar.
              p  density  []
            Maybe a sum() or mean() should be dropped.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JensenShannon.between(Expr.input("density"), p))
        .withMessage(
            """
            JensenShannon: a distribution needs an axis of outcomes, got a scalar.
              p  density  []
            Maybe a sum() or mean() should be dropped.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JensenShannon.between(p, Expr.input("density")))
        .withMessage(
            """
            JensenShannon: a distribution needs an axis of outcomes, got a scalar.
              q  density  []
            Maybe a sum() or mean() should be dropped.""");
  }

  @Test
  void rejectsDistributionsOverDifferentOutcomes() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> JensenShannon.betweenLogs(Expr.input("before", 4), Expr.input("after", 1, 4)))
        .withMessage(
            """
            JensenShannon: the distributions differ in shape.
              p  before  [4]
              q  after   [1, 4]
            Maybe they are densities over different batches.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JensenShannon.between(Expr.input("before", 4), Expr.input("after", 1, 4)))
        .withMessageStartingWith("JensenShannon: the distributions differ in shape.");
  }
}
