package io.github.bilevel4j.problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepTest {
  private final Expr x = Expr.variable("x", Array.scalar(1));
  private final Expr input = Expr.input("input");
  private final Step step =
      Step.named("step").output("x", x).updating(x, x.times(input).plus(x.exp()));

  @Test
  void repeatedOnceIsTheSameStep() {
    assertThat(step.repeated(1)).isEqualTo(step);
  }

  @Test
  void withoutUpdatesRepetitionChangesNothing() {
    Step outputs = Step.named("outputs").output("x", x.exp()).output("input", input);
    assertThat(outputs.repeated(3)).isEqualTo(outputs);
  }

  @Test
  void keepsNameInputsAndVariables() {
    Step repeated = step.repeated(3);
    assertThat(repeated.name()).isEqualTo("step");
    assertThat(repeated.outputs()).containsOnlyKeys("x");
    assertThat(repeated.updates()).extracting(Update::variable).containsExactly(x);
    assertThat(repeated.updates().get(0).value().contains(input)).isTrue();
  }

  @Test
  void growsInProportionToTheRuns() {
    int once = Iterables.size(Expr.nodesOf(step.expressions()));
    assertThat(Iterables.size(Expr.nodesOf(step.repeated(50).expressions())))
        .isLessThanOrEqualTo(50 * (once + 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -2})
  void repeatedLessThanOnce(int times) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> step.repeated(times))
        .withMessage("step \"step\": it is to be repeated %d times.\nMaybe 1 was meant.", times);
  }

  @Test
  void aVariableAssignedTwiceUnderTwoNames() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> step.updating(x.named("alias"), input))
        .withMessage(
            """
            step "step": the variable "alias" is assigned twice.
            Maybe two parts of the problem keep their state under the same variable.""");
  }
}
