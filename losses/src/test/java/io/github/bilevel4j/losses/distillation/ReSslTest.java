package io.github.bilevel4j.losses.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReSslTest {
  private final ReSslLoss reSsl = ReSslLoss.temperatures(1, 0.5);
  private final Expr queue = OnCpu.matrix("queue", new double[][] {{1, 0}, {-1, 0}});
  private final Expr student = OnCpu.matrix("q", new double[][] {{0, 3}});
  private final Expr teacher = OnCpu.matrix("k", new double[][] {{2, 0}});

  @Test
  void isTheCrossEntropyOfRelationsInClosedForm() {
    // The student relates to both keys alike; the teacher's odds are e^4.
    assertThat(OnCpu.scalar(reSsl.of(student, teacher, queue)))
        .isCloseTo(Math.log(2), within(1e-15));
    double p = 1 / (1 + Math.exp(-4));
    assertThat(OnCpu.scalar(reSsl.targetEntropy(teacher, queue)))
        .isCloseTo(-p * Math.log(p) - (1 - p) * Math.log(1 - p), within(1e-15));
    // The student's odds are e^2 where it sees what the teacher sees.
    assertThat(OnCpu.scalar(reSsl.of(teacher, teacher, queue)))
        .isCloseTo(Math.log1p(Math.exp(-2)) + 2 * (1 - p), within(1e-15));
  }

  @Test
  void isTheMeanOverTheStudentsViews() {
    double expected =
        (OnCpu.scalar(reSsl.of(student, teacher, queue))
                + OnCpu.scalar(reSsl.of(teacher, teacher, queue)))
            / 2;
    assertThat(OnCpu.scalar(reSsl.of(List.of(student, teacher), teacher, queue)))
        .isCloseTo(expected, within(1e-15));
  }

  @Test
  void isConstantInTeacherAndQueue() {
    Expr loss = reSsl.of(student, teacher, queue);
    assertThat(loss.reaches(student)).isTrue();
    assertThat(loss.reaches(teacher)).isFalse();
    assertThat(loss.reaches(queue)).isFalse();
  }

  @Test
  void rejectsTemperaturesThatAreNotPositive() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ReSslLoss.temperatures(0.1, 0))
        .withMessage(
            """
            ReSslLoss: the teacher's temperature must be positive, got 0.0.""");
    assertThatIllegalArgumentException().isThrownBy(() -> ReSslLoss.temperatures(0, 0.1));
  }

  @Test
  void rejectsNoViewOfTheStudent() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> reSsl.of(List.of(), teacher, queue))
        .withMessage(
            """
            ReSslLoss: needs a view of the student, got none.
            Maybe the strongly augmented view was forgotten.""");
  }

  @Test
  void rejectsAQueueOfAnotherWidth() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> reSsl.of(student, teacher, Expr.input("queue", 8, 3)))
        .withMessage(
            """
            ReSslLoss: rows differ in length, 2 and 3.
              student1  q      [1, 2]
              teacher   k      [1, 2]
              queue     queue  [8, 3]
            Maybe all rows should have the length 2 of the embeddings.""");
  }
}
