package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HypergradientBenchCommandTest {
  @TempDir private Path folder;

  private static Ending bench(String... arguments) {
    List<Object> all = new ArrayList<>(List.of("bench", "hypergradient", "--small"));
    all.addAll(List.of(arguments));
    return Ending.of(all.toArray());
  }

  @Test
  void measuresEachInAProcessOfItsOwn() throws IOException {
    Path csv = folder.resolve("times.csv");
    Ending ending =
        bench(
            "--only",
            "cg-5,identity-t1-t2",
            "--problem",
            "a",
            "--runs",
            "1",
            "--seconds",
            "0",
            "--device",
            "cpu",
            "--csv",
            csv.toString());
    assertThat(ending.err())
        .isEqualToNormalizingNewlines("measuring cg-5\nmeasuring identity-t1-t2\n");
    assertThat(ending.out())
        .containsPattern("\\d+ x .*, Java \\d+, TensorFlow \\d")
        .contains("; device cpu, float32; median of 1 runs or 0.0 s; ")
        .contains("bilevel4j bench hypergradient --small --only cg-5,identity-t1-t2 ")
        .contains("A: logistic regression, n = 60, m = 50, d = 8, on cpu (")
        .contains(
            "inner value 0.404453, outer value 0.332245, norm of the hypergradient 3.9690e-02")
        .containsPattern("\\| CG +\\|   5 \\| .* \\|        9.7e-03 \\|")
        .containsPattern("\\| identity \\(T1-T2\\) +\\|     \\| .* \\|        9.6e-01 \\|");
    assertThat(ending.status()).isZero();
    List<String> lines = Files.readAllLines(csv);
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0)).startsWith("problem,method,size,").endsWith(",relative_error");
    assertThat(lines.get(1)).startsWith("A,\"CG\",5,\"cpu (").contains("\",float32,1,");
    long commas = lines.get(0).chars().filter(c -> c == ',').count();
    assertThat(lines).allMatch(line -> line.chars().filter(c -> c == ',').count() == commas);
  }

  @Test
  void comparesWithAnotherProgram() {
    Ending ending =
        bench(
            "--problem=a",
            "--only=cg-5",
            "--runs=1",
            "--seconds=0",
            "--pairs=1",
            "--against",
            "echo 'RESULT {\"cpu_median_ms\": 1, \"median_ms\": 2e6, \"min_ms\": 1}'; echo done");
    assertThat(ending.err()).startsWith("here / there: 0.000").hasLineCount(1);
    assertThat(ending.out())
        .contains("A: logistic regression, n = 60, m = 50, d = 8: cg-5")
        .containsPattern("\\| 1 +\\| 0\\.0\\d+ \\| +2000 \\| +0.000 \\|")
        .contains("here / there: median 0.000, from 0.000 to 0.000 in one pair");
    assertThat(ending.status()).isZero();
    assertMistake(
        "error: --against: it is compared with one estimator, not with 2."
            + "  Maybe --problem=a --only=cg-10 was meant.",
        "--only=cg-5",
        "--against=true");
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertMistake(
        "error: Invalid value for option '--problem': expected one of a, b, all"
            + " but was 'c'"
            + "  Maybe bilevel4j bench hypergradient --help has the right one.",
        "--problem",
        "c");
    assertMistake("error: --runs: the value must be 1 or more, got 0.", "--runs", "0");
    assertMistake("error: --seconds: -1.0 is negative.  Maybe 2 was meant.", "--seconds", "-1");
    assertMistake(
        "error: --only: nothing is called \"cg-7\"."
            + "  names cg, cg-5, cg-10, cg-mixed, cg-mixed-5, cg-mixed-10, neumann, neumann-5,"
            + " neumann-20, fixed-point, fixed-point-5, fixed-point-20, darts-at-the-solution,"
            + " identity-t1-t2, unrolled, unrolled-1, unrolled-5, unrolled-16,"
            + " unrolled-checkpointed, unrolled-checkpointed-16, unrolled-checkpointed-32"
            + "  Maybe cg was meant, which is all of cg-5, cg-10, ...",
        "--problem",
        "b",
        "--only",
        "cg-5,cg-7");
    Path nowhere = folder.resolve("nowhere/times.csv");
    assertMistake(
        "error: --csv: "
            + nowhere
            + " cannot be written.  Maybe its folder does not exist, or is not yours.",
        "--csv",
        nowhere.toString());
    assertMistake(
        "error: device: \"quantum\" is not a device.  devices auto, cpu, gpu:0, gpu:1, ..."
            + "  Maybe gpu:0 was meant.",
        "--device",
        "quantum");
  }

  private static void assertMistake(String message, String... arguments) {
    Ending ending = bench(arguments);
    assertThat(ending.err()).isEqualTo(message + System.lineSeparator());
    assertThat(ending.status()).isEqualTo(2);
    assertThat(ending.out()).isEmpty();
  }

  @Test
  void theOtherProcessRefusesAGpuThatIsNotThere() {
    Ending ending = bench("--problem", "a", "--only", "cg-5", "--runs", "1", "--device", "gpu:99");
    assertThat(ending.status()).isEqualTo(2);
    assertThat(ending.err())
        .startsWith(
            "measuring cg-5" + System.lineSeparator() + "error: device: there is no gpu:99.");
  }
}
