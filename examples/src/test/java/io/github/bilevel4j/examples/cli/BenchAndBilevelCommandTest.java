package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchAndBilevelCommandTest {
  @TempDir private Path folder;

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
  void profilesTellKindsAndLayers() {
    Path chart = folder.resolve("chart.png");
    Ending step =
        Ending.of(
            "bench",
            "profile",
            "--step=umm",
            "--batch=8",
            "--runs=1",
            "--kinds=3",
            "--chart",
            chart);
    assertThat(step.err()).isEmpty();
    assertThat(step.out())
        .contains("step umm: small, 8 images of 32 x 32 in two views, ")
        .containsPattern("peak: [\\d.]+ GFLOP/s of a matrix product, [\\d.]+ GB/s read and")
        .containsPattern("\\| \\d+ others +\\|")
        .contains("| stem ", "| layer2 ", "| projector ")
        .containsPattern("A step takes [\\d.]+ s .*% of whose time are convolutions");
    assertThat(step.status()).isZero();
    assertThat(chart).exists();
    Ending hypergradient =
        Ending.of("bench", "profile", "--step=b", "--small", "--only=cg-5", "--runs=1");
    assertThat(hypergradient.out())
        .contains("step b: B: iMAML, ", ", cg-5; 1 runs")
        .contains("| convolution 0 ", "| convolution 3 ", "| dense ");
    assertThat(hypergradient.status()).isZero();
    assertMistake(
        "error: --only: \"cg\" is not the name of one estimator.  names cg, cg-5, cg-10, cg-20,"
            + " cg-40, cg-one-run, cg-one-run-5, cg-one-run-10, cg-one-run-20, minres, minres-10,"
            + " minres-20, normal-equations, normal-equations-10, gmres, gmres-10, gmres-20,"
            + " bicgstab, bicgstab-5, bicgstab-10, neumann, neumann-10, neumann-20, neumann-100,"
            + " fixed-point, fixed-point-20, dense-cholesky, darts-at-the-solution,"
            + " identity-t1-t2, unrolled, unrolled-10, unrolled-100, unrolled-checkpointed,"
            + " unrolled-checkpointed-10, unrolled-checkpointed-100  Maybe cg-10 was meant.",
        "bench",
        "profile",
        "--step=a",
        "--small",
        "--only=cg");
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
