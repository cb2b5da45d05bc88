package io.github.bilevel4j.examples.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values computed once by other programs: NumPy for problem A, PyTorch in float64 for B. */
class HypergradientWorkloadsTest {
  private static final HypergradientWorkload A = HypergradientProblem.A.workload(true);
  private static final HypergradientWorkload B = HypergradientProblem.B.workload(true);
  private static final Reference AT_A = A.solved();
  private static final Reference AT_B = B.solved();

  @TempDir private Path folder;

  @Test
  void numbersAreThoseOfOtherLanguages() {
    assertThat(SplitMixArrays.uniform(1, 3).toDoubles())
        .containsExactly(-0.6479748748681153, -0.08186537571346308, 0.05043742174775412);
    assertThat(SplitMixArrays.uniform(204, 2).toDoubles())
        .containsExactly(-0.9792090782671041, -0.517411227007134);
  }

  @Test
  void logisticRegressionHasTheKnownSolution() {
    assertThat(A.title()).isEqualTo("A: logistic regression, n = 60, m = 50, d = 8");
    assertThat(AT_A.inner()).isCloseTo(0.40445254943010656, within(1e-12));
    assertThat(AT_A.outer()).isCloseTo(0.3322452689158347, within(1e-12));
    assertThat(AT_A.norm()).isCloseTo(0.0396902961682368, within(1e-12));
    assertThat(AT_A.point().get("rate").at(0)).isCloseTo(14.586943697150788, within(1e-8));
  }

  @Test
  void imamlHasTheKnownPoint() {
    assertThat(B.title())
        .isEqualTo(
            "B: iMAML, convolutional network of 131466 weights, batches of 4 images of 8 x 8");
    assertThat(AT_B.inner()).isCloseTo(2.2370624456440034, within(1e-9));
    assertThat(AT_B.outer()).isCloseTo(2.2867929434994227, within(1e-9));
    assertThat(AT_B.norm()).isCloseTo(0.568943668278338, within(1e-8));
  }

  @Test
  void estimatorsOfLogisticRegressionConvergeToIt() {
    assertThat(errorOnA("cg-20")).isLessThan(1e-5);
    assertThat(errorOnA("cg-one-run-10")).isLessThan(1e-5);
    assertThat(errorOnA("minres-20")).isLessThan(1e-5);
    assertThat(errorOnA("gmres-10")).isLessThan(1e-5);
    assertThat(errorOnA("bicgstab-10")).isLessThan(1e-5);
    assertThat(errorOnA("normal-equations-10")).isLessThan(1e-4);
    assertThat(errorOnA("dense-cholesky")).isLessThan(1e-5);
    assertThat(errorOnA("neumann-100")).isLessThan(1e-4);
    assertThat(errorOnA("fixed-point-20")).isCloseTo(errorOnA("neumann-20"), within(1e-5));
    assertThat(errorOnA("unrolled-checkpointed-100")).isLessThan(1e-4);
    assertThat(errorOnA("identity-t1-t2"))
        .isCloseTo(errorOnA("darts-at-the-solution"), within(1e-4))
        .isCloseTo(0.961, within(1e-3));
  }

  @Test
  void unrolledStepsOfImamlDoNotFollowTheStart() {
    assertThat(errorOnB("unrolled-1")).isCloseTo(0.8361114646840286, within(1e-5));
    assertThat(errorOnB("unrolled-16")).isCloseTo(0.23325596351734676, within(1e-5));
    assertThat(errorOnB("unrolled-checkpointed-16")).isCloseTo(0.23325596351734676, within(1e-5));
  }

  @Test
  void estimatorsOfImamlAreAtThePoint() {
    assertThat(errorOnB("cg-10")).isLessThan(1e-4);
    assertThat(errorOnB("cg-mixed-10")).isBetween(1e-3, 0.1);
    assertThat(errorOnB("fixed-point-20")).isCloseTo(errorOnB("neumann-20"), within(1e-4));
    assertThat(errorOnB("identity-t1-t2"))
        .isCloseTo(errorOnB("darts-at-the-solution"), within(1e-2));
  }

  private static double errorOnA(String name) {
    return error(A, AT_A, name);
  }

  private static double errorOnB(String name) {
    return error(B, AT_B, name);
  }

  private static double error(HypergradientWorkload workload, Reference reference, String name) {
    Candidate one = Iterables.getOnlyElement(workload.candidates(ImmutableSet.of(name)));
    assertThat(one.name()).isEqualTo(name);
    try (Engine engine =
        TensorFlowEngine.open(Device.cpu(), one.precision().orElse(Precision.FLOAT32))) {
      HypergradientTime time =
          HypergradientTime.of(one, reference, new Measured.Effort(1, 0), engine);
      assertThat(time.runs()).isEqualTo(1);
      assertThat(time.median()).isPositive();
      return time.error();
    }
  }

  @Test
  void namesAreDistinctAndFamiliesSelectAllSizes() {
    for (HypergradientWorkload workload : List.of(A, B)) {
      assertThat(workload.candidates().stream().map(Candidate::name)).doesNotHaveDuplicates();
      assertThat(workload.candidates(ImmutableSet.of())).hasSameSizeAs(workload.candidates());
    }
    assertThat(A.candidates(ImmutableSet.of("cg", "darts-at-the-solution")))
        .extracting(Candidate::name)
        .containsExactly("cg-5", "cg-10", "cg-20", "cg-40", "darts-at-the-solution");
    assertThat(B.candidates(ImmutableSet.of("cg-mixed")))
        .extracting(Candidate::name)
        .containsExactly("cg-mixed-5", "cg-mixed-10");
    assertThat(HypergradientWorkload.names(List.of(A, B)))
        .contains("cg", "cg-40", "cg-mixed-5", "unrolled-checkpointed", "identity-t1-t2")
        .doesNotHaveDuplicates();
  }

  @Test
  void aReferenceSurvivesItsFile() {
    AT_B.write(folder.resolve("reference"));
    Reference read = Reference.read(folder.resolve("reference"));
    assertThat(read.inner()).isEqualTo(AT_B.inner());
    assertThat(read.outer()).isEqualTo(AT_B.outer());
    assertThat(read.point().keySet()).isEqualTo(AT_B.point().keySet());
    AT_B.point()
        .forEach(
            (name, array) -> {
              assertThat(read.point().get(name).shape()).isEqualTo(array.shape());
              assertThat(read.point().get(name).toDoubles()).isEqualTo(array.toDoubles());
            });
    assertThat(read.relativeError(AT_B.hypergradient())).isZero();
  }
}
