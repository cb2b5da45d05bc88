package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedMap;
import org.junit.jupiter.api.Test;

class DeviceMemoryTest {
  private static final long LARGE = 1 << 20;

  private static ImmutableSortedMap<String, Long> variable(long bytes) {
    return ImmutableSortedMap.of("v", bytes);
  }

  /** What one engine has let go of, another uses again; what it holds lies beside. */
  @Test
  void enginesShareIt() {
    DeviceMemory first = new DeviceMemory();
    DeviceMemory second = first.shared();
    first.synchronize(variable(3 * LARGE));
    second.synchronize(variable(LARGE));
    assertThat(second.touched()).isEqualTo(4 * LARGE);
    first.synchronize(ImmutableSortedMap.of());
    second.synchronize(ImmutableSortedMap.of("v", LARGE, "w", 3 * LARGE));
    assertThat(first.touched()).isEqualTo(4 * LARGE);
  }

  @Test
  void allEnginesOfAProcess() {
    DeviceMemory first = HostMemory.measured().arrays();
    DeviceMemory second = HostMemory.measured().arrays();
    long more = second.touched() + LARGE;
    first.synchronize(variable(more));
    assertThat(second.touched()).isGreaterThanOrEqualTo(more);
    first.synchronize(ImmutableSortedMap.of());
  }

  @Test
  void aCopyIsApart() {
    DeviceMemory memory = new DeviceMemory();
    DeviceMemory copy = memory.copy();
    copy.synchronize(variable(LARGE));
    assertThat(memory.touched()).isZero();
    assertThat(copy.touched()).isEqualTo(LARGE);
  }
}
