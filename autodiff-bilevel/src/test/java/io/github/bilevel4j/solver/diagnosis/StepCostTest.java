package io.github.bilevel4j.solver.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepCostTest {
  private final Expr x = Expr.input("x", 4, 3);
  private final Expr w = Expr.variable("w", Shape.of(3, 2), Initializer.zeros());

  @Test
  void countsMultiplicationsMessagesAndWhatExistsAtOnce() {
    Expr product = x.matmul(w);
    Step step = Step.named("step").output("sum", product.exp().sum(0).allSum(2));
    // 24 multiplications, 8 exponentials, 2 sums in another shape each, and 2 sums over replicas;
    // product and exponential exist at once.
    assertThat(StepCost.of(List.of(step))).isEqualTo(new StepCost(38, 1, 2, 16));
  }

  /** Sums of equal values are made without a message, whatever order the steps are in. */
  @Test
  void onlyWhatDiffersIsSent() {
    Expr kept = Expr.variable("kept", Shape.of(4, 2), Initializer.zeros());
    Expr equal = Expr.variable("equal", Shape.of(2), Initializer.zeros());
    Step reads =
        Step.named("reads")
            .output("kept", kept.allSum(2))
            .output("equal", equal.allSum(2))
            .output("weights", w.allSum(2));
    Step assigns =
        Step.named("assigns")
            .updating(kept, x.matmul(w))
            .updating(equal, x.matmul(w).sum(0).allSum(2));
    assertThat(StepCost.of(List.of(reads, assigns)).messages()).isEqualTo(2);
    assertThat(StepCost.of(List.of(reads, assigns)).messageElements()).isEqualTo(10);
    assertThat(StepCost.of(List.of(reads)).messages()).isZero();
  }

  /** What the sums of a message need exists at once, until the message is made. */
  @Test
  void sumsThatDoNotDependOnEachOtherAreOneMessage() {
    Expr first = x.matmul(w).exp().allSum(2);
    Expr second = x.sum().allSum(2);
    Expr last = first.sum().times(second).times(x).allSum(2);
    Step step = Step.named("step").output("last", last);
    assertThat(StepCost.of(List.of(step)).messages()).isEqualTo(2);
    assertThat(StepCost.of(List.of(step)).messageElements()).isEqualTo(8 + 1 + 12);
    Step apart =
        Step.named("apart").output("first", first.sum()).output("second", x.exp().allSum(2).sum());
    // Both exponentials, and the first sum; one after the other would be 1 + 12 + 12.
    assertThat(StepCost.of(List.of(apart)).liveElements()).isEqualTo(8 + 12 + 8);
  }

  @Test
  void viewsTakeNoMemory() {
    Expr tall = x.exp().reshape(12, 1).broadcastTo(Shape.of(12, 50)).sum();
    assertThat(StepCost.of(List.of(Step.named("step").output("sum", tall))).liveElements())
        .isEqualTo(13);
  }

  @Test
  void aValueIsLetGoAfterItsLastUse() {
    Expr chain = x.exp().exp().exp().exp();
    Expr kept = x.exp();
    assertThat(live(chain)).isEqualTo(24);
    assertThat(live(chain.plus(kept))).isEqualTo(36);
  }

  private static double live(Expr value) {
    return StepCost.of(List.of(Step.named("step").output("value", value))).liveElements();
  }
}
