package io.github.bilevel4j.losses.contrastive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import java.util.List;
import org.junit.jupiter.api.Test;

class InfoNceTest {
  private final InfoNce loss = InfoNce.temperature(0.5);
  private final Expr q = OnCpu.matrix("q", new double[][] {{3, 0}, {0, 2}});
  private final Expr k = OnCpu.matrix("k", new double[][] {{1, 0}, {0, 7}});
  private final Expr queue = OnCpu.matrix("queue", new double[][] {{-1, 0}, {0, 5}, {0, -5}});

  @Test
  void comparesWithTheKeyAndTheQueueInClosedForm() {
    // Cosines: 1 with the key; -1, 0, 0 and 0, 1, -1 with the queue.
    double first = Math.log(Math.exp(2) + Math.exp(-2) + 2);
    double second = Math.log(2 * Math.exp(2) + 1 + Math.exp(-2));
    assertThat(OnCpu.scalar(loss.alignment(q, k))).isCloseTo(-2, within(1e-12));
    assertThat(OnCpu.scalar(loss.constraint(q, k, queue)))
        .isCloseTo((first + second) / 2, within(1e-12));
    assertThat(OnCpu.scalar(loss.of(q, k, queue)))
        .isCloseTo((first + second) / 2 - 2, within(1e-12));
  }

  @Test
  void isConstantInKeysAndQueue() {
    Expr value = loss.of(q, k, queue);
    assertThat(value.reaches(q)).isTrue();
    assertThat(value.reaches(k)).isFalse();
    assertThat(value.reaches(queue)).isFalse();
  }

  @Test
  void comparesQueriesOfAViewWithTheQueueOfTheOther() {
    Expr q2 = OnCpu.random("q2", 1, 2, 2);
    Expr k2 = OnCpu.random("k2", 2, 2, 2);
    Expr queue2 = OnCpu.random("queue2", 3, 4, 2);
    double expected =
        (OnCpu.scalar(loss.of(q, k2, queue2)) + OnCpu.scalar(loss.of(q2, k, queue))) / 2;
    assertThat(OnCpu.scalar(loss.of(List.of(q, q2), List.of(k, k2), List.of(queue, queue2))))
        .isCloseTo(expected, within(1e-12));
  }

  @Test
  void rejectsTemperaturesThatAreNotPositive() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InfoNce.temperature(-0.1))
        .withMessage(
            """
            InfoNce: the temperature must be positive, got -0.1.""");
  }

  @Test
  void rejectsAQueueOfAnotherWidth() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> loss.of(q, k, Expr.input("queue", 8, 3)))
        .withMessage(
            """
            InfoNce: rows differ in length, 2 and 3.
              queries  q      [2, 2]
              keys     k      [2, 2]
              queue    queue  [8, 3]
            Maybe all rows should have the length 2 of the embeddings.""");
  }

  @Test
  void rejectsOneQueueForTwoViews() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> loss.of(List.of(q, q), List.of(k, k), List.of(queue)))
        .withMessage(
            """
            InfoNce: got 1 queues for the keys of 2 views.
            Maybe each view's keys should have a queue of their own.""");
  }
}
