package io.github.bilevel4j.check;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HeapTest {

  @Test
  void whatJavaNeverHasIsLacking() {
    assertThat(Heap.lacks(Runtime.getRuntime().maxMemory())).isTrue();
    assertThat(Heap.lacks(Long.MAX_VALUE)).isTrue();
    assertThat(Heap.lacks(1 << 20)).isFalse();
    assertThat(Heap.free()).isBetween(1L << 20, Runtime.getRuntime().maxMemory());
  }

  @Test
  void megabytesAreRoundedUp() {
    assertThat(Heap.megabytes(0)).isEqualTo("0 MB");
    assertThat(Heap.megabytes(1)).isEqualTo("1 MB");
    assertThat(Heap.megabytes(1 << 20)).isEqualTo("1 MB");
    assertThat(Heap.megabytes((1 << 20) + 1)).isEqualTo("2 MB");
    assertThat(Heap.megabytes(1L << 40)).isEqualTo("1,048,576 MB");
  }
}
