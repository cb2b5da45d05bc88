package io.github.bilevel4j.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.check.UsageError;
import org.junit.jupiter.api.Test;

final class MemoryBudgetFormTest {

  @Test
  void readsANumberAndAUnit() {
    assertThat(MemoryBudget.of("8g").bytes()).isEqualTo(8L << 30);
    assertThat(MemoryBudget.of("900M").bytes()).isEqualTo(900L << 20);
    assertThat(MemoryBudget.of("1.5GiB").bytes()).isEqualTo(3L << 29);
    assertThat(MemoryBudget.of("2t").bytes()).isEqualTo(2L << 40);
    assertThat(MemoryBudget.of("4096").bytes()).isEqualTo(4096);
  }

  @Test
  void refusesWhatIsNoSize() {
    for (String wrong : new String[] {"", "g", "-1g", "8x", "8 g", "0", "0.0000001k", "1e3m"}) {
      assertThatThrownBy(() -> MemoryBudget.of(wrong)).isInstanceOf(UsageError.class);
    }
  }
}
