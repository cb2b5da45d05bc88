package io.github.bilevel4j.examples.study;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Means and differences over seeds, as tables print them. */
class SeedsTest {
  private static final Seeds SEEDS = new Seeds(List.of(0.05, Double.NaN, 0.07));

  /** Mean 0.06; deviation {@code sqrt(2 * 0.01^2) = 0.01414}. */
  @Test
  void decimalsOfPointsAndOfFractions() {
    assertThat(SEEDS.count()).isEqualTo(2);
    assertThat(SEEDS.text()).isEqualTo("0.06 ± 0.01");
    assertThat(SEEDS.asFractions().text()).isEqualTo("0.0600 ± 0.0141");
    assertThat(new Seeds(List.of(0.05)).asFractions().text()).isEqualTo("0.0500");
    assertThat(new Seeds(List.of(Double.NaN)).text()).isEqualTo("-");
  }

  /** Of the seeds that both have: 0.02 and 0.03, standard error 0.005, t 5 of 12.7. */
  @Test
  void differencesArePaired() {
    Seeds others = new Seeds(List.of(0.03, 9.0, 0.04));
    assertThat(SEEDS.asFractions().less(others)).isEqualTo("no difference (+0.0250 ± 0.0050)");
    assertThat(SEEDS.less(new Seeds(List.of(Double.NaN, 9.0, Double.NaN)))).isEqualTo("-");
  }
}
