package io.github.bilevel4j.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import org.junit.jupiter.api.Test;

class PassTest {
  private final Expr running = Expr.variable("running", Array.scalar(10));

  @Test
  void movesOfOneStatisticFollowEachOther() {
    Pass pass = Pass.training();
    pass.updateRunning(running, Expr.constant(20), 0.1);
    pass.updateRunning(running, Expr.constant(30), 0.1);

    List<Update> updates = pass.updates();
    assertThat(updates).hasSize(1);
    assertThat(updates.get(0).variable()).isSameAs(running);
    assertThat(Computed.of(updates.get(0).value()).scalarValue())
        .isEqualTo(0.9 * (0.9 * 10 + 0.1 * 20) + 0.1 * 30);
  }

  @Test
  void onlyTrainingCollects() {
    for (Pass pass : List.of(Pass.evaluation(), Pass.batchStatistics())) {
      pass.updateRunning(running, Expr.constant(20), 0.1);
      assertThat(pass.updates()).isEmpty();
    }
  }

  @Test
  void trainingPassesAreSeparate() {
    Pass.training().updateRunning(running, Expr.constant(20), 0.1);

    assertThat(Pass.training().updates()).isEmpty();
  }
}
