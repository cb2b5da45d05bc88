package io.github.bilevel4j.losses.longtail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.shape.Array;
import org.junit.jupiter.api.Test;

class MomentumLossTest {
  private final MomentumLoss memory = MomentumLoss.of("memory", 4, 0.75);

  private static Expr constant(double... values) {
    return Expr.constant(Array.vector(values));
  }

  @Test
  void remembersTheFirstLossAndAveragesLaterOnes() {
    try (Engine engine = OnCpu.engine(Precision.FLOAT64)) {
      step(engine, constant(3, 1), constant(2, 6));
      assertThat(engine.read(memory.losses()).toDoubles()).containsExactly(0, 6, 0, 2);
      assertThat(engine.read(memory.visited()).toDoubles()).containsExactly(0, 1, 0, 1);
      step(engine, constant(1, 0), constant(2, 7));
      assertThat(engine.read(memory.losses()).toDoubles()).containsExactly(7, 5, 0, 2);
      assertThat(engine.read(memory.weights()).toDoubles()).containsOnly(0);
      engine.compile(Step.named("epoch").updating(memory.weightUpdates())).run();
      // The mean of those visited is 14/3: deviations 7/3, 1/3, none, -8/3.
      assertThat(engine.read(memory.weights()).toDoubles())
          .containsExactly(new double[] {15 / 16.0, 9 / 16.0, 0, 0}, within(1e-15));
      Expr images = constant(3, 0);
      assertThat(
              engine
                  .compile(Step.named("next").output("s", memory.strengths(images, 10, 30)))
                  .run()
                  .get("s")
                  .toDoubles())
          .containsExactly(new double[] {10, 28.75}, within(1e-14));
    }
  }

  /** Of the loss 8 with the others, the mean is 5: deviations 1, none, 3 and -4. */
  @Test
  void theWeightsOfAnEpochAreOfAllItsBatches() {
    try (Engine engine = OnCpu.engine(Precision.FLOAT64)) {
      ImmutableList<Update> ordinary =
          memory.updates(constant(0, 3), constant(6, 1), Expr.constant(0));
      engine.compile(Step.named("step").updating(ordinary)).run();
      assertThat(engine.read(memory.weights()).toDoubles()).containsOnly(0);
      ImmutableList<Update> last = memory.updates(constant(2), constant(8), Expr.constant(1));
      engine.compile(Step.named("last step").updating(last)).run();
      assertThat(engine.read(memory.weights()).toDoubles())
          .containsExactly(new double[] {5 / 8.0, 0, 7 / 8.0, 0}, within(1e-15));
      assertThat(engine.read(memory.losses()).toDoubles()).containsExactly(6, 0, 8, 1);
    }
  }

  private void step(Engine engine, Expr images, Expr losses) {
    engine.compile(Step.named("step").updating(memory.updates(images, losses))).run();
  }

  @Test
  void rejectsLossesThatWereAveraged() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> memory.updates(Expr.input("images", 8), Expr.input("loss")))
        .withMessage(
            """
            MomentumLoss: needs an index and a loss of each image, both [n].
              indices  images  [8]
              losses   loss    []
            Maybe the losses were averaged over the batch.""");
  }

  @Test
  void rejectsNumbersOutsideTheirRanges() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MomentumLoss.of("memory", 1, 1))
        .withMessage(
            """
            MomentumLoss: needs two images or more and a momentum in [0, 1).
              images    1
              momentum  1.0
            Maybe MomentumLoss.of("memory", 50_000, 0.97) was meant.""");
    assertThat(MomentumLoss.of("memory", 2, 0).losses().shape().dim(0)).isEqualTo(2);
    assertThatIllegalArgumentException().isThrownBy(() -> MomentumLoss.of("memory", 1, 0.5));
    assertThatIllegalArgumentException().isThrownBy(() -> MomentumLoss.of("memory", 2, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> MomentumLoss.of("memory", 2, -0.5));
  }
}
