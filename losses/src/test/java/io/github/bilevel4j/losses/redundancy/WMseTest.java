package io.github.bilevel4j.losses.redundancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import org.junit.jupiter.api.Test;

class WMseTest {
  private static final RandomKey RANDOMNESS = RandomKey.fixed(1);

  /** Variances 4/3 and 16/3, uncorrelated: whitened by the factors sqrt(3)/2 and sqrt(3)/4. */
  private final Expr z1 = OnCpu.matrix("z1", new double[][] {{1, 2}, {1, -2}, {-1, 2}, {-1, -2}});

  private final Expr z2 = OnCpu.matrix("z2", new double[][] {{9, 5}, {9, 3}, {7, 5}, {7, 3}});

  private static Expr input(int n, int d) {
    return Expr.input("z", n, d);
  }

  @Test
  void whitensInClosedForm() {
    double y = Math.sqrt(3) / 2;
    assertThat(OnCpu.value(Whitening.shrinkage(0).of(z1)).toDoubles())
        .containsExactly(new double[] {y, y, y, -y, -y, y, -y, -y}, within(1e-15));
  }

  /** Halfway to the identity the variances are 7/6 and 19/6. */
  @Test
  void shrinksCovariancesTowardsTheIdentity() {
    double a = Math.sqrt(6 / 7.0);
    double b = 2 * Math.sqrt(6 / 19.0);
    assertThat(OnCpu.value(Whitening.shrinkage(0.5).of(z1)).toDoubles())
        .containsExactly(new double[] {a, b, a, -b, -a, b, -a, -b}, within(1e-14));
  }

  @Test
  void isZeroForViewsThatDifferInScaleAndOrigin() {
    assertThat(OnCpu.scalar(WMseLoss.subBatch(4).of(RANDOMNESS, List.of(z1, z2))))
        .isCloseTo(0, within(1e-15));
  }

  /** Of two images in one dimension each whitened view has the signs of its order. */
  @Test
  void subBatchesAreCutInTheOrdersGiven() {
    Expr rising = OnCpu.matrix("rising", new double[][] {{1}, {2}, {3}, {4}});
    Expr other = OnCpu.matrix("other", new double[][] {{1}, {3}, {2}, {4}});
    WMseLoss loss = WMseLoss.subBatch(2).iterations(2);
    Expr pairs = Expr.range(4);
    Expr crossed = Expr.constant(Array.vector(0, 3, 1, 2));
    // Neighbors rise in both; images 1 and 2 rise in one and fall in the other.
    assertThat(OnCpu.scalar(loss.of(List.of(pairs, pairs), List.of(rising, other))))
        .isCloseTo(0, within(1e-15));
    assertThat(OnCpu.scalar(loss.of(List.of(pairs, crossed), List.of(rising, other))))
        .isCloseTo((0 + 2) / 2.0, within(1e-15));
  }

  @Test
  void isFourForOppositeViews() {
    assertThat(OnCpu.scalar(WMseLoss.subBatch(4).of(RANDOMNESS, List.of(z1, z2.negated()))))
        .isCloseTo(4, within(1e-15));
  }

  @Test
  void isDifferentiatedThroughAllViews() {
    Expr other = OnCpu.random("other", 3, 4, 2);
    Expr loss = WMseLoss.subBatch(4).of(RANDOMNESS, List.of(z1, other));
    assertThat(loss.reaches(z1)).isTrue();
    assertThat(loss.reaches(other)).isTrue();
    assertThat(OnCpu.gradient(loss, z1)[0]).isNotZero();
    assertThat(OnCpu.gradient(loss, other)[0]).isNotZero();
  }

  @Test
  void rejectsBatchesThatAreNotWholeSubBatches() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> WMseLoss.subBatch(128).of(RANDOMNESS, List.of(input(200, 64), input(200, 64))))
        .withMessage(
            """
            WMseLoss: a batch of 200 is not whole sub-batches of 128.
              z1  z  [200, 64]
              z2  z  [200, 64]
            Maybe a batch of 128 or 256 images was meant.""");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> WMseLoss.subBatch(128).of(RANDOMNESS, List.of(input(64, 8), input(64, 8))))
        .withMessageEndingWith("Maybe a batch of 128 images was meant.");
  }

  @Test
  void rejectsSubBatchesWithSingularCovariances() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> WMseLoss.subBatch(64).of(RANDOMNESS, List.of(input(128, 64), input(128, 64))))
        .withMessageStartingWith(
            "Whitening: the covariance of 64 samples in 64 dimensions is singular.\n  samples")
        .withMessageEndingWith(
            """
              shrinkage  0.0
            Maybe a sub-batch of 128 samples was meant, or shrinkage(0.001).""");
  }

  @Test
  void tellsOfCollapsedFeaturesWhenItRuns() {
    Expr zero = OnCpu.matrix("zero", new double[4][2]);
    Expr loss = WMseLoss.subBatch(4).of(RANDOMNESS, List.of(zero, z2));
    assertThatThrownBy(() -> OnCpu.scalar(loss))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            run "value": a matrix is not positive definite.
              cholesky of  covariance of a sub-batch, shrinkage 0.0  [1, 2, 2]
            Maybe it has infinite or undefined elements, or needs plusDiagonal(1e-6).""");
    Expr shrunk = WMseLoss.subBatch(4).shrinkage(0.01).of(RANDOMNESS, List.of(zero, z2));
    assertThat(OnCpu.scalar(shrunk)).isEqualTo(2);
  }

  @Test
  void rejectsOrdersThatDoNotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> WMseLoss.subBatch(2).iterations(2).of(List.of(Expr.range(4)), List.of(z1, z2)))
        .withMessage(
            """
            WMseLoss: needs an order of the 4 images for each of 2 iterations.
              orders  [[4]]
            Maybe iterations(1) or another batch was meant.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WMseLoss.subBatch(2).of(List.of(Expr.range(3)), List.of(z1, z2)))
        .withMessage(
            """
            WMseLoss: needs an order of the 4 images for each of 1 iterations.
              orders  [[3]]
            Maybe iterations(1) or another batch was meant.""");
  }

  @Test
  void rejectsNumbersOutsideTheirRanges() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WMseLoss.subBatch(1))
        .withMessage(
            """
            WMseLoss: needs sub-batches of two images or more and one iteration or more.
              sub-batch   1
              iterations  1
            Maybe WMseLoss.subBatch(128).iterations(1) was meant.""");
    assertThatIllegalArgumentException().isThrownBy(() -> WMseLoss.subBatch(8).iterations(0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WMseLoss.subBatch(8).shrinkage(1))
        .withMessage(
            """
            Whitening: the shrinkage must be in [0, 1), got 1.0.""");
  }
}
