package io.github.bilevel4j.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.expr.Expr;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {

  /** The values at steps. */
  private static double[] at(Schedule schedule, int... steps) {
    return IntStream.of(steps)
        .mapToObj(step -> schedule.at(Expr.constant(step)))
        .mapToDouble(value -> Interpreter.atStart().evaluate(value).scalarValue())
        .toArray();
  }

  @Test
  void fromOneValueToAnother() {
    assertThat(at(Schedule.linear(1, 3, 4), 0, 1, 4, 9)).containsExactly(1, 1.5, 3, 3);
    assertThat(at(Schedule.cosine(5, 1, 4), 0, 1, 2, 4, 9))
        .containsExactly(new double[] {5, 3 + Math.sqrt(2), 3, 1, 1}, within(1e-14));
    assertThat(at(Schedule.exponential(8, 0.5, 4), 0, 1, 2, 3, 4, 9))
        .containsExactly(new double[] {8, 4, 2, 1, 0.5, 0.5}, within(1e-14));
  }

  @Test
  void warmupRisesToTheStartOfTheCosine() {
    assertThat(at(Schedule.warmupCosine(2, 4, 12), 0, 1, 3, 4, 8, 12, 20))
        .containsExactly(new double[] {0, 0.5, 1.5, 2, 1, 0, 0}, within(1e-15));
    assertThat(at(Schedule.warmupCosine(2, 0, 8), 0, 4, 8))
        .containsExactly(new double[] {2, 1, 0}, within(1e-15));
  }

  @Test
  void multipliedByANumber() {
    assertThat(at(Schedule.linear(1, 3, 4).times(0.5), 0, 2, 4)).containsExactly(0.5, 1, 1.5);
  }

  @Test
  void stepDecayMultipliesAtEachStep() {
    Schedule decay = Schedule.stepDecay(0.5, 0.2, 3, 7, 8);
    assertThat(at(decay, 0, 2, 3, 6, 7, 8, 1000))
        .containsExactly(new double[] {0.5, 0.5, 0.1, 0.1, 0.02, 0.004, 0.004}, within(1e-15));
    assertThat(at(Schedule.stepDecay(0.5, 0.2), 0, 1000)).containsExactly(0.5, 0.5);
  }

  @Test
  void stepsOfDecayAreTakenWhenItIsMade() {
    int[] steps = {2};
    Schedule decay = Schedule.stepDecay(1, 0.1, steps);
    steps[0] = 5;
    assertThat(at(decay, 1, 2)).containsExactly(1, 0.1);
  }

  @Test
  void productsOfSchedules() {
    Schedule product = Schedule.linear(1, 3, 4).times(Schedule.stepDecay(2, 0.5, 2));
    assertThat(at(product, 0, 1, 2, 4, 9))
        .containsExactly(new double[] {2, 3, 2, 3, 3}, within(1e-15));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -0.1, Double.NaN, Double.POSITIVE_INFINITY})
  void stepDecayByNoPositiveNumber(double factor) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.stepDecay(0.1, factor, 5))
        .withMessage("step decay: the factor must be positive, got %s.", factor);
  }

  @Test
  void noSteps() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.linear(1, 0, 0))
        .withMessage("linear schedule: the number of steps must be 1 or more, got 0.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.exponential(1, 2, -1))
        .withMessage("exponential schedule: the number of steps must be 1 or more, got -1.");
  }

  @Test
  void stepsThatDoNotFollowOneAnother() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.stepDecay(0.1, 0.2, 50, 25))
        .withMessage(
            """
            step decay: the steps are not positive and in ascending order, [50, 25].
            Maybe they were counted from the end of the run.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.stepDecay(0.1, 0.2, 0, 25))
        .withMessage(
            """
            step decay: the steps are not positive and in ascending order, [0, 25].
            Maybe they were counted from the end of the run.""");
  }
}
