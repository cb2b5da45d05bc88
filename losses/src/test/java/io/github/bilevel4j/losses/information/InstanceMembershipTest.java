package io.github.bilevel4j.losses.information;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import org.junit.jupiter.api.Test;

class InstanceMembershipTest {
  private final Expr z = OnCpu.matrix("z", new double[][] {{1, 0}, {2, 0}, {0, 3}});

  @Test
  void overAnchorsIsASoftmaxOfEachRow() {
    double e = Math.exp(2 / Math.sqrt(2));
    assertThat(OnCpu.value(InstanceMembership.overAnchors().of(z)).toDoubles())
        .containsExactly(
            new double[] {0, e / (e + 1), 1 / (e + 1), e / (e + 1), 0, 1 / (e + 1), 0.5, 0.5, 0},
            within(1e-14));
  }

  @Test
  void overSamplesIsASoftmaxOfEachColumn() {
    double e = Math.exp(2 / 0.5);
    assertThat(OnCpu.value(InstanceMembership.overSamples().temperature(0.5).of(z)).toDoubles())
        .containsExactly(
            new double[] {0, e / (e + 1), 0.5, e / (e + 1), 0, 0.5, 1 / (e + 1), 1 / (e + 1), 0},
            within(1e-14));
  }

  @Test
  void ofTwoSamplesEachHasTheOther() {
    assertThat(OnCpu.value(InstanceMembership.overAnchors().of(z.slice(0, 1, 3))).toDoubles())
        .containsExactly(0, 1, 1, 0);
  }

  @Test
  void detachedHasNoGradient() {
    InstanceMembership membership = InstanceMembership.overAnchors().temperature(0.5);
    assertThat(membership.of(z).reaches(z)).isTrue();
    assertThat(membership.detached().of(z).reaches(z)).isFalse();
    assertThat(OnCpu.value(membership.detached().of(z))).isEqualTo(OnCpu.value(membership.of(z)));
  }

  @Test
  void rejectsTemperaturesThatAreNotPositive() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InstanceMembership.overAnchors().temperature(0))
        .withMessage(
            """
            InstanceMembership: the temperature must be positive, got 0.0.""");
  }

  @Test
  void rejectsOneSample() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InstanceMembership.overAnchors().of(Expr.input("z", 1, 4)))
        .withMessage(
            """
            InstanceMembership: needs two samples or more, got 1.
              z  z  [1, 4]
            Maybe the batch is too small.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InstanceMembership.overAnchors().of(Expr.input("z", 5, 2, 2)))
        .withMessage(
            """
            InstanceMembership: needs rank 2 [n, d], got 3.
              z  z  [5, 2, 2]
            Maybe flattened() or a pooling is missing.""");
  }
}
