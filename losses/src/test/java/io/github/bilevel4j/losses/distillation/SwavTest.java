package io.github.bilevel4j.losses.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.CosineSimilarity;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.losses.classification.SoftmaxCrossEntropy;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class SwavTest {
  private final SwavLoss swav = SwavLoss.temperature(0.2);
  private final Expr z1 = OnCpu.random("z1", 1, 4, 3);
  private final Expr z2 = OnCpu.random("z2", 2, 4, 3);
  private final Expr crop = OnCpu.random("z3", 3, 4, 3);
  private final Expr prototypes = OnCpu.random("prototypes", 4, 5, 3);

  @Test
  void predictsTheAssignmentsOfTheOtherLargeViews() {
    Expr q1 = assignment(z1);
    Expr q2 = assignment(z2);
    double expected =
        (predicts(z2, q1) + predicts(z1, q2) + predicts(crop, q1) + predicts(crop, q2)) / 4;
    assertThat(OnCpu.scalar(swav.of(List.of(z1, z2, crop), prototypes)))
        .isCloseTo(expected, within(1e-12));
  }

  private Expr assignment(Expr z) {
    return Sinkhorn.epsilon(0.05).of(CosineSimilarity.ofAllRows(z, prototypes));
  }

  private double predicts(Expr z, Expr assignment) {
    Expr logits = CosineSimilarity.ofAllRows(z, prototypes).dividedBy(0.2);
    return OnCpu.scalar(SoftmaxCrossEntropy.of(logits, assignment));
  }

  @Test
  void assignsTogetherWithItsQueue() {
    Expr queue = OnCpu.random("queue", 5, 6, 3);
    List<Expr> assignments = swav.assignments(List.of(z1, z2), prototypes, List.of(queue, queue));
    Expr joint = assignment(Expr.concat(0, z1, queue)).slice(0, 0, 4);
    assertThat(assignments.get(0).shape()).isEqualTo(Shape.of(4, 5));
    assertThat(OnCpu.value(assignments.get(0).minus(joint).abs().max()).scalarValue())
        .isLessThan(1e-14);
    assertThat(OnCpu.scalar(assignments.get(0).minus(assignment(z1)).abs().max()))
        .isGreaterThan(1e-3);
  }

  @Test
  void isConstantInItsAssignmentsAndQueues() {
    Expr queue = OnCpu.random("queue", 5, 6, 3);
    Expr loss = swav.of(List.of(z1, z2), prototypes, List.of(queue, queue));
    assertThat(loss.reaches(prototypes)).isTrue();
    assertThat(loss.reaches(queue)).isFalse();
    for (Expr assignment : swav.assignments(List.of(z1, z2), prototypes, List.of())) {
      assertThat(assignment.reaches(z1)).isFalse();
      assertThat(assignment.reaches(prototypes)).isFalse();
    }
  }

  @Test
  void rejectsFewerViewsThanAreAssigned() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> swav.assigned(3).of(List.of(z1, z2), prototypes))
        .withMessage(
            """
            SwavLoss: needs 3 views or more, got 2.
              z1  z1  [4, 3]
              z2  z2  [4, 3]
            Maybe assigned(2) was meant.""");
  }

  @Test
  void rejectsPrototypesThatDoNotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> swav.of(List.of(z1, z2), Expr.input("C", 1, 3)))
        .withMessage(
            """
            SwavLoss: needs two prototypes or more, got 1.
              prototypes  C  [1, 3]
            Maybe several for each expected class, such as 3000, were meant.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> swav.of(List.of(z1, z2), Expr.input("C", 10, 4)))
        .withMessage(
            """
            SwavLoss: rows differ in length, 3 and 4.
              z1          z1  [4, 3]
              z2          z2  [4, 3]
              prototypes  C   [10, 4]
            Maybe all rows should have the length 3 of the embeddings.""");
  }

  @Test
  void rejectsOneQueueForTwoViews() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> swav.of(List.of(z1, z2), prototypes, List.of(Expr.input("queue", 8, 3))))
        .withMessage(
            """
            SwavLoss: got 1 queues for 2 assigned views.
            Maybe each assigned view should have a queue of its own.""");
  }

  @Test
  void rejectsSettingsThatAreNotPositive() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SwavLoss.temperature(0))
        .withMessage(
            """
            SwavLoss: the temperature must be positive, got 0.0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> swav.assigned(0))
        .withMessage(
            """
            SwavLoss: the number of assigned views must be 1 or more, got 0.""");
  }
}
