package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BilevelCommandTest {
  @TempDir Path folder;

  @Test
  void withoutANameListsTheProblems() {
    Ending ending = Ending.of("bilevel");
    assertThat(ending.status()).isZero();
    assertThat(ending.out())
        .isEqualTo(
            """
            Problems with known answers:
              cleaning     learns a weight per training sample; half of their labels are wrong
              imaml        learns where to start on new tasks of few points (sines, as in MAML)
              logistic     learns one penalty per feature of a logistic regression
              logistic-l2  learns one penalty for all features of a logistic regression
              quadratic    two random strongly convex quadratics; the optimum is known
              ridge        learns one ridge penalty per feature on validation data
              umm-weights  learns alpha and beta of UMM by a third level, on a tiny problem
              weights      learns the weights of a loss with four terms, one over the noise's variance
            Run one with: bilevel4j bilevel NAME
            """);
  }

  @Test
  void ridgePrintsProblemAndConvergence() {
    Ending ending = Ending.of("bilevel", "ridge", "--steps", "3", "--estimator", "exact,cg");
    assertThat(ending.err()).isEmpty();
    assertThat(ending.status()).isZero();
    assertThat(ending.out())
        .contains("hypergradient  exact, unrolled through the inner steps")
        .contains("hypergradient  implicit, conjugate gradient, at most 20 iterations")
        .contains("| step | outer objective | distance to optimum | hypergradient norm |   error |")
        .containsPattern("\\| 0    \\| .* unknown .* \\d.\\de-1\\d \\|\n")
        .containsPattern("\\| 3    \\| .* unknown .* \\d.\\de-1\\d \\|\n")
        .containsPattern("log penalties, learned:( -?\\d.\\d{3}){10}\n");
  }

  @Test
  void quadraticReachesItsOptimumWhateverTheEstimator() {
    Ending ending = Ending.of("bilevel", "quadratic", "--estimator", "gmres,soba,darts");
    List<String> printed = Splitter.on("quadratic: bi-level problem").splitToList(ending.out());
    assertThat(optimumAndLearned(printed.get(1))).hasSize(1);
    assertThat(optimumAndLearned(printed.get(2))).hasSize(1);
    // One step is not enough.
    assertThat(optimumAndLearned(printed.get(3))).hasSize(2);
  }

  /** The different vectors among the learned one and the optimum, to three places. */
  private static Set<String> optimumAndLearned(String printed) {
    return printed
        .lines()
        .filter(line -> line.startsWith("theta, "))
        .map(line -> line.substring(line.indexOf(':')))
        .collect(Collectors.toSet());
  }

  @Test
  void comparesAllEstimators() {
    Ending ending = Ending.of("bilevel", "quadratic", "--compare");
    assertThat(ending.status()).as(ending.err()).isZero();
    assertThat(ending.out()).contains("| estimator      | relative error | cosine |");
    for (EstimatorKind kind : EstimatorKind.values()) {
      assertThat(ending.out()).contains("| " + kind + " ");
    }
  }

  @Test
  void drawsAndWritesWhatWasMeasured() throws IOException {
    Path plot = folder.resolve("plot.png");
    Path run = folder.resolve("run");
    Ending ending =
        Ending.of(
            "bilevel",
            "weights",
            "--steps",
            "2",
            "--plot",
            plot.toString(),
            "--out",
            run.toString());
    assertThat(ending.status()).as(ending.err()).isZero();
    assertThat(ending.out())
        .contains("curves in " + plot + "\n")
        .endsWith("curves in " + run.resolve("curves.png") + "\n");
    assertThat(ImageIO.read(plot.toFile()).getWidth()).isEqualTo(2 * 420);
    assertThat(Files.readAllLines(run.resolve("metrics.csv")))
        .anyMatch(line -> line.startsWith("cg,2,distance to optimum,"));
    assertRefused(
        "error: output folder: "
            + run
            + " exists."
            + "  Maybe another folder was meant; runs are never written over.",
        "weights",
        "--out",
        run.toString());
  }

  @Test
  void drawsErrorAgainstTime() throws IOException {
    Path plot = folder.resolve("compared.png");
    Ending ending =
        Ending.of(
            "bilevel", "ridge", "--compare", "--estimator", "dense", "--plot", plot.toString());
    assertThat(ending.out()).endsWith("picture: " + plot + "\n");
    assertThat(ImageIO.read(plot.toFile()).getWidth()).isEqualTo(840);
  }

  @Test
  void fewShotLearning() {
    Ending ending = Ending.of("bilevel", "imaml", "--steps", "2", "--estimator", "safeguarded-cg");
    assertThat(ending.status()).as(ending.err()).isZero();
    assertThat(ending.out())
        .contains("MINRES from where the curvature is not positive, at most 10 iterations")
        .containsPattern("\\| random +\\| +4.655 \\|")
        .contains("| meta-learned, safeguarded-cg  |");
  }

  @Test
  void wrongOptionsEndWithOneLine() {
    assertRefused(
        "error: Invalid value for option '--estimator' (NAME): expected one of"
            + " auto, cg, safeguarded-cg, normal-cg, minres, gmres, bicgstab, dense, nystrom, neumann,"
            + " fixed-point, t1-t2, darts, exact, checkpointed, truncated, forward, first-order, soba,"
            + " f2sa but was 'nonsense'"
            + "  Maybe bilevel4j bilevel ridge --help has the right one.",
        "ridge",
        "--estimator",
        "nonsense");
    assertRefused(
        "error: --steps: the value must be 1 or more, got 0.", "quadratic", "--steps", "0");
    assertRefused(
        "error: --iterations: the value must be 1 or more, got 0.",
        "logistic",
        "--iterations",
        "0");
    assertRefused("error: --shots: the value must be 1 or more, got 0.", "imaml", "--shots", "0");
    assertRefused(
        "error: read images: no data set, folder or archive is called \"nowhere\"."
            + "  known builtin, textures, cifar10:PATH, cifar100:PATH, a folder, a ZIP or tar archive  from "
            + Path.of("").toAbsolutePath()
            + "  Maybe the name is misspelt, or the path starts from another folder.",
        "cleaning",
        "--data",
        "nowhere");
  }

  private static void assertRefused(String message, String name, String... options) {
    String[] arguments = new String[options.length + 2];
    arguments[0] = "bilevel";
    arguments[1] = name;
    System.arraycopy(options, 0, arguments, 2, options.length);
    Ending ending = Ending.of((Object[]) arguments);
    assertThat(ending.err()).isEqualTo(message + System.lineSeparator());
    assertThat(ending.status()).isEqualTo(2);
    assertThat(ending.out()).isEmpty();
  }
}
