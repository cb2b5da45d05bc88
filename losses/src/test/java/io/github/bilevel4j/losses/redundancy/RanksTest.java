package io.github.bilevel4j.losses.redundancy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.losses.OnCpu;
import org.junit.jupiter.api.Test;

class RanksTest {
  @Test
  void countSmallerElementsAndEqualOnesBefore() {
    assertThat(
            OnCpu.value(Ranks.of(OnCpu.matrix("values", new double[] {3, 1, 3, 0}, new double[4])))
                .toDoubles())
        .containsExactly(2, 1, 3, 0, 0, 1, 2, 3);
  }

  @Test
  void countMarksBefore() {
    assertThat(OnCpu.value(Ranks.marksBefore(OnCpu.vector("marks", 1, 0, 1, 1, 0))).toDoubles())
        .containsExactly(0, 1, 1, 2, 3);
  }
}
