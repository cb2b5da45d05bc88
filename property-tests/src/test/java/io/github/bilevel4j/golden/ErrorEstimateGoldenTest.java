package io.github.bilevel4j.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.diagnosis.Diagnosis;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The estimates of the hypergradient's error against the true one, on every golden problem: {@link
 * BilevelSolver#diagnose} and the "error estimate" of a step are within a factor of three. A line
 * for each case prints the ratios of estimate and truth, and the true errors.
 *
 * <p>Errors below {@link #ROUNDING} are left out: the golden values themselves are not more exact,
 * and further iterations no longer change the solution.
 */
class ErrorEstimateGoldenTest {
  private static final double FACTOR = 3;
  private static final double ROUNDING = 1e-10;
  private static final int MANY = 200;

  /** Too few iterations at the golden inner solution. */
  @TestFactory
  Stream<DynamicTest> truncation() {
    return cases("at the solution, K", EstimatedProblem::iterations, EstimatedProblem::atSolution);
  }

  /** Too few inner steps and a solver that converges. */
  @TestFactory
  Stream<DynamicTest> innerError() {
    return cases("T", EstimatedProblem::innerSteps, (problem, steps) -> problem.after(steps, MANY));
  }

  /** Both. */
  @TestFactory
  Stream<DynamicTest> both() {
    return cases(
        "K = T", problem -> new int[] {3}, (problem, number) -> problem.after(number, number));
  }

  private static Stream<DynamicTest> cases(
      String kind,
      Function<EstimatedProblem, int[]> numbers,
      BiFunction<EstimatedProblem, Integer, BilevelProblem> setting) {
    ImmutableMap<String, Path> files = ImmutableMap.copyOf(GoldenFolder.given().files());
    return EstimatedProblem.FILES.stream()
        .flatMap(
            file ->
                GoldenFile.read(file, Objects.requireNonNull(files.get(file), file))
                    .cases()
                    .stream())
        .flatMap(EstimatedProblem::of)
        .map(
            problem ->
                dynamicTest(
                    problem.name() + ", " + kind,
                    () -> check(problem, kind, numbers.apply(problem), setting)));
  }

  private static void check(
      EstimatedProblem problem,
      String kind,
      int[] numbers,
      BiFunction<EstimatedProblem, Integer, BilevelProblem> setting) {
    StringBuilder line =
        new StringBuilder("error: estimate / truth, " + problem.name() + ", " + kind + " =");
    for (int number : numbers) {
      try (Engine engine = Evaluation.open(Precision.FLOAT64)) {
        BilevelSolver solver = BilevelSolver.of(setting.apply(problem, number), engine);
        problem.place(engine);
        Diagnosis.Errors estimate = solver.diagnose(Feed.none()).errors();
        double error = problem.error(solver.hypergradient(Feed.none()));
        problem.place(engine);
        double ofStep = solver.step(Feed.none()).get("error estimate");
        double total = estimate.total().orElseThrow();
        line.append(String.format(Locale.ROOT, " %d: %.2f (%.0e)", number, total / error, error));
        if (error > ROUNDING) {
          assertThat(total / error).as(line.toString()).isBetween(1 / FACTOR, FACTOR);
        }
        double truncation = estimate.truncation().orElseThrow();
        if (truncation > ROUNDING) {
          line.append(String.format(Locale.ROOT, ", step %.2f", ofStep / truncation));
          assertThat(ofStep / truncation).as(line.toString()).isBetween(1 / FACTOR, FACTOR);
        }
        line.append(';');
      }
    }
    System.out.println(line);
  }
}
