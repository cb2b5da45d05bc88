package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BenchAndBilevelCommandTest {

  @Test
  void wrongOptionsEndWithOneLine() {
    assertMistake(
        "error: --runs: the value must be 1 or more, got 0.", "bench", "hvp", "--runs", "0");
    assertMistake(
        "error: device: \"quantum\" is not a device.  devices auto, cpu, gpu:0, gpu:1, ..."
            + "  Maybe gpu:0 was meant.",
        "doctor",
        "--device",
        "quantum");
  }

  private static void assertMistake(String message, String... arguments) {
    Ending ending = Ending.of((Object[]) arguments);
    assertThat(ending.err()).isEqualTo(message + System.lineSeparator());
    assertThat(ending.status()).isEqualTo(2);
    assertThat(ending.out()).isEmpty();
  }

  @Test
  void aGpuThatIsNotThereEndsDoctor() {
    Ending ending = Ending.of("doctor", "--device", "gpu:99");
    assertThat(ending.status()).isEqualTo(2);
    assertThat(ending.err())
        .startsWith("error: device: there is no gpu:99.  found cpu (")
        .hasLineCount(1);
    assertThat(ending.out()).isEmpty();
  }

  @Test
  void doctorPassesOnTheProcessor() {
    Ending ending = Ending.of("doctor", "--device", "cpu");
    assertThat(ending.status()).isZero();
    assertThat(ending.out()).contains("PASS  cpu float32").contains("PASS  cpu float64");
    assertThat(ending.out()).doesNotContain("FAIL");
  }

  @Test
  void benchesTimeTinyNetworks() {
    Ending steps =
        Ending.of("bench", "ssl-step", "--batch", "16", "--side", "32", "--runs", "1", "--augment");
    assertThat(steps.err()).isEmpty();
    assertThat(steps.out())
        .contains("| training step with augmentation     |")
        .contains("| hypergradient, 10 CG iterations     |")
        .contains("| hypergradient, exact through 1 step |");
    assertThat(steps.status()).isZero();
    Ending products = Ending.of("bench", "hvp", "--batch", "16", "--side", "32", "--runs", "1");
    assertThat(products.out())
        .contains("| one whole Hessian-vector product    |")
        .contains(" 1.00 |");
    assertThat(products.status()).isZero();
  }

  @Test
  void readingIsTimed() {
    Ending ending =
        Ending.of("bench", "reading", "--pictures=30", "--different=4", "--batch=6", "--steps=2");
    assertThat(ending.err()).isEmpty();
    assertThat(ending.out()).contains("| pictures/s |").contains("peak memory");
    assertThat(ending.status()).isZero();
  }
}
