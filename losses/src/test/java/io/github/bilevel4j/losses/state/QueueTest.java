package io.github.bilevel4j.losses.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.shape.Array;
import org.junit.jupiter.api.Test;

class QueueTest {
  private final Queue queue = Queue.named("keys", 4, 2, 7);
  private final Expr keys = Expr.input("batch", 2, 2);

  @Test
  void beginsWithRandomDirections() {
    Array start = OnCpu.value(queue.contents());
    assertThat(OnCpu.value(queue.contents().norm(1)).toDoubles())
        .containsExactly(new double[] {1, 1, 1, 1}, within(1e-15));
    assertThat(start).isEqualTo(OnCpu.value(Queue.named("same", 4, 2, 7).contents()));
    assertThat(start).isNotEqualTo(OnCpu.value(Queue.named("other", 4, 2, 8).contents()));
  }

  @Test
  void showsAStepTheRowsBeforeItsOwnJoin() {
    try (Engine engine = OnCpu.engine(Precision.FLOAT64)) {
      Array start = engine.read(queue.contents());
      Program step =
          engine.compile(
              Step.named("step").output("seen", queue.contents()).updating(queue.enqueuing(keys)));
      assertThat(step.run(batch(1)).get("seen")).isEqualTo(start);
      assertThat(step.run(batch(2)).get("seen").toDoubles())
          .containsExactly(1, 1, 1, 1, start.at(4), start.at(5), start.at(6), start.at(7));
      assertThat(step.run(batch(3)).get("seen").toDoubles())
          .containsExactly(1, 1, 1, 1, 2, 2, 2, 2);
      assertThat(engine.read(queue.contents()).toDoubles()).containsExactly(3, 3, 3, 3, 2, 2, 2, 2);
      assertThat(engine.read(queue.pointer()).scalarValue()).isEqualTo(2);
    }
  }

  private Feed batch(double value) {
    return Feed.of(keys, Array.fill(keys.shape(), i -> value));
  }

  @Test
  void wrapsAroundWhereBatchesDiffer() {
    Expr whole = Expr.constant(Array.matrix(new double[][] {{1, 1}, {2, 2}, {3, 3}, {4, 4}}));
    try (Engine engine = OnCpu.engine(Precision.FLOAT64)) {
      engine.compile(Step.named("half").updating(queue.enqueuing(keys))).run(batch(0));
      engine.compile(Step.named("whole").updating(queue.enqueuing(whole))).run();
      assertThat(engine.read(queue.contents()).toDoubles()).containsExactly(3, 3, 4, 4, 1, 1, 2, 2);
      assertThat(engine.read(queue.pointer()).scalarValue()).isEqualTo(2);
    }
  }

  @Test
  void keepsItsStateInTwoVariables() {
    assertThat(queue.variables().names()).containsExactly("keys/rows", "keys/pointer");
  }

  @Test
  void rejectsBatchesThatDoNotDivideIt() {
    Queue large = Queue.named("keys", 256, 8, 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> large.enqueuing(Expr.input("z", 96, 8)))
        .withMessage(
            """
            queue "keys": a batch of 96 keys does not divide the queue of 256 rows.
              keys  z  [96, 8]
            Maybe a queue of 288 rows or a batch of 64 was meant.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> large.enqueuing(Expr.input("z", 512, 8)))
        .withMessage(
            """
            queue "keys": a batch of 512 keys does not divide the queue of 256 rows.
              keys  z  [512, 8]
            Maybe a queue of 512 rows or a batch of 256 was meant.""");
  }

  @Test
  void rejectsAnEmptyBatch() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> queue.enqueuing(Expr.input("z", 0, 2)))
        .withMessage(
            """
            queue "keys": a batch of 0 keys does not divide the queue of 4 rows.
              keys  z  [0, 2]
            Maybe the batch should hold an image or more.""");
  }

  @Test
  void rejectsKeysOfAnotherWidth() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> queue.enqueuing(Expr.input("z", 2, 3)))
        .withMessage(
            """
            queue "keys": rows differ in length, 3 and 2.
              keys   z          [2, 3]
              queue  keys/rows  [4, 2]
            Maybe all rows should have the length 3 of the embeddings.""");
  }

  @Test
  void rejectsAQueueWithoutRows() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Queue.named("keys", 0, 8, 1))
        .withMessage(
            """
            queue "keys": the number of rows must be 1 or more, got 0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Queue.named("keys", 8, 0, 1))
        .withMessage(
            """
            queue "keys": the width must be 1 or more, got 0.""");
  }
}
