package io.github.bilevel4j.examples.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.DeviceInfo;
import io.github.bilevel4j.backend.Precision;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SelfTestTest {

  @ParameterizedTest
  @EnumSource(Precision.class)
  void theProcessorPasses(Precision precision) {
    SelfTest.Outcome outcome = SelfTest.run(new DeviceInfo(Device.cpu(), "", 0), precision);
    assertThat(outcome.passed()).isTrue();
    // Rounding errors are there: an exact zero would mean that nothing was compared.
    assertThat(outcome.gradientError() + outcome.productError()).isPositive();
  }

  @Test
  void anErrorBeyondTheToleranceFails() {
    assertThat(outcome(1e-4, 1e-4).passed()).isTrue();
    assertThat(outcome(2e-3, 1e-4).passed()).isFalse();
    assertThat(outcome(1e-4, 2e-3).passed()).isFalse();
    assertThat(outcome(1e-4, Double.NaN).passed()).isFalse();
  }

  private static SelfTest.Outcome outcome(double gradientError, double productError) {
    return new SelfTest.Outcome(gradientError, productError, 1e-3, Duration.ZERO);
  }
}
