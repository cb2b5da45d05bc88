package io.github.bilevel4j.examples.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimingTest {

  @Test
  void summarizesSortedTimes() {
    Timing odd = new Timing(ImmutableList.of(1.0, 2.0, 9.0));
    assertThat(odd.median()).isEqualTo(2);
    assertThat(odd.fastest()).isEqualTo(1);
    assertThat(odd.slowest()).isEqualTo(9);
    assertThat(new Timing(ImmutableList.of(1.0, 2.0, 4.0, 9.0)).median()).isEqualTo(3);
  }

  @Test
  void runsByTurnsAfterOneTurnToWarmUp() {
    List<String> order = new ArrayList<>();
    ImmutableMap<String, Timing> times =
        Timing.byTurns(2, ImmutableMap.of("a", () -> order.add("a"), "b", () -> order.add("b")));
    assertThat(order).containsExactly("a", "b", "a", "b", "a", "b");
    assertThat(times.keySet()).containsExactly("a", "b");
    assertThat(times.get("a").seconds()).hasSize(2).isSorted();
  }
}
