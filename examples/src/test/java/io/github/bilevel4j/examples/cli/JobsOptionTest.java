package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.examples.study.Setting;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many runs are made at a time where nobody says it. */
class JobsOptionTest {
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  private static int count(Setting... settings) {
    return new JobsOption().count(List.of(settings));
  }

  private static Setting threads(int number) {
    return Setting.of("--deterministic", number);
  }

  /** A run that takes all processors has none beside it. */
  @Test
  void oneWithoutANumberOfThreads() {
    assertThat(count()).isEqualTo(1);
    assertThat(count(Setting.of("--device", "cpu"))).isEqualTo(1);
    assertThat(count(threads(PROCESSORS))).isEqualTo(1);
    assertThat(count(threads(PROCESSORS + 1))).isEqualTo(1);
  }

  /** Each run takes two gigabytes, of which a machine may have fewer than processors. */
  @Test
  void asManyAsThereAreProcessorsForTheThreadsOfEach() {
    int all = count(threads(1), Setting.of("--device", "cpu"));
    assertThat(all).isBetween(Math.min(2, PROCESSORS), PROCESSORS);
    assertThat(count(threads(2))).isBetween(1, Math.max(1, PROCESSORS / 2));
  }

  @Test
  void aRunOfReplicasHasAsManyProcesses() {
    assertThat(count(threads(1), Setting.of("--replicas", PROCESSORS))).isEqualTo(1);
  }

  @Test
  void oneOnAnotherDevice() {
    assertThat(count(threads(1), Setting.of("--device", "gpu:0"))).isEqualTo(1);
  }

  /** The command refuses it, which is not to be told here. */
  @Test
  void oneWhereThreadsAreNoNumber() {
    assertThat(count(Setting.of("--deterministic", "many"))).isEqualTo(1);
    assertThat(count(Setting.of("--deterministic", 0))).isEqualTo(1);
  }
}
