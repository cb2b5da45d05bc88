package io.github.bilevel4j.examples.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class DuelTest {

  @Test
  void measuresInTurnAndTellsTheRatios() {
    List<String> order = new ArrayList<>();
    Deque<Double> times = new ArrayDeque<>(List.of(2.0, 1.0, 4.0, 4.0, 8.0, 2.0));
    List<Duel.Pair> told = new ArrayList<>();
    Duel duel =
        Duel.of(
            3,
            () -> {
              order.add("here");
              return times.remove();
            },
            () -> {
              order.add("there");
              return times.remove();
            },
            told::add);
    assertThat(order).containsExactly("there", "here", "here", "there", "there", "here");
    assertThat(told).isEqualTo(duel.pairs());
    assertThat(duel.ratio()).isEqualTo(0.5);
    assertThat(duel)
        .asString()
        .isEqualToNormalizingNewlines(
            """
            | pair | here, s | there, s | here / there |
            | ---- | ------: | -------: | -----------: |
            | 1    |   1.000 |    2.000 |        0.500 |
            | 2    |   4.000 |    4.000 |        1.000 |
            | 3    |   2.000 |    8.000 |        0.250 |

            here / there: median 0.500, from 0.250 to 1.000 in 3 pairs""");
  }

  @Test
  void readsTheLastMedian() {
    assertTold(
        2.66, "training step, float32, eager      median 2.660  fastest 2.310  slowest 2.9 s");
    assertTold(1.5, "median_s=9", "median_s=1.5", "done");
    assertTold(
        0.0123, "cpu    11.00  wall median     12.30 min     11.00 ms  peak   7.1 MiB  err -");
    assertTold(
        0.0123, "RESULT {\"median_ms\": 12.3, \"min_ms\": 1, \"cpu_median_ms\": 4, \"reps\": 7}");
    assertTold(0.5, "{\"cpu_median_ms\": 4, \"median_s\" : 5e-1}");
    assertThat(SelfTimed.told(List.of("cpu_median_ms=3", "median unknown s", "median 3 minutes")))
        .isEqualTo(OptionalDouble.empty());
  }

  private static void assertTold(double seconds, String... lines) {
    assertThat(SelfTimed.told(List.of(lines))).hasValue(seconds);
  }

  @Test
  void aProgramThatIsNotThereFails() {
    SelfTimed missing = new SelfTimed("here", ImmutableList.of("/no/such/program"), Redirect.PIPE);
    assertThatThrownBy(missing::seconds)
        .isInstanceOf(SelfTimed.Failure.class)
        .hasMessageStartingWith("here: the command cannot be started: ")
        .hasMessageContaining("command  /no/such/program");
  }
}
