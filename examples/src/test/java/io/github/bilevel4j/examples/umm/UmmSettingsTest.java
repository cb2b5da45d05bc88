package io.github.bilevel4j.examples.umm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UmmSettingsTest {

  @Test
  void defaults() {
    UmmSettings settings = UmmSettings.after("layer1");
    assertThat(settings.earlyStage()).isEqualTo("layer1");
    assertThat(settings.alpha()).isEqualTo(0.01);
    assertThat(settings.beta()).isEqualTo(1);
    assertThat(settings.constraintWeight()).isEqualTo(1);
    assertThat(settings.rate()).isEqualTo(0.05);
    assertThat(settings.steps()).isEqualTo(1);
  }
}
