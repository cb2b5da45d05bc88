package io.github.bilevel4j.ssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Both published orders, on a weight that grows by one with each step. */
class TargetNetworkTest {
  /** 0.9, 0.7, 0.5, 0.3 at the steps 0 to 3. */
  private static final Schedule TAU = Schedule.linear(0.9, 0.1, 4);

  private final Expr step = Expr.variable("step", Array.scalar(0));
  private final Expr weight = Expr.variable("weight", Array.scalar(5));
  private final Layer layer =
      Layer.of(Variables.of(weight), (values, x, pass) -> x.times(values.get("weight")));

  private List<Double> targets(TargetNetwork target) {
    Expr one = Expr.filled(1, Shape.of(1, 1));
    Encoder asTheyAre =
        Encoder.of(Map.of("features", Layer.of(Variables.none(), (values, x, pass) -> x)));
    Expr seen = target.of(Network.of(asTheyAre, Pass.training())).embed(one, layer).sum();
    ImmutableList<Update> growing =
        ImmutableList.of(new Update(weight, weight.plus(1)), new Update(step, step.plus(1)));
    List<Double> targets = new ArrayList<>();
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Program program =
          engine.compile(
              Step.named("grow")
                  .output("target", seen)
                  .updating(growing)
                  .updating(target.updates()));
      for (int k = 0; k < 4; k++) {
        targets.add(program.run().scalar("target"));
      }
    }
    return targets;
  }

  /** Average, forward pass, optimizer: with the tau of the step itself. */
  @Test
  void beforeThePass() {
    double average = 5;
    List<Double> targets = targets(TargetNetwork.beforePass(TAU, step, layer));
    for (int k = 0; k < 4; k++) {
      double tau = 0.9 - 0.2 * k;
      average = tau * average + (1 - tau) * (5 + k);
      assertThat(targets.get(k)).isCloseTo(average, within(1e-12));
    }
  }

  /** Forward pass, optimizer, average: the pass sees the average made with the last step's tau. */
  @Test
  void afterTheStep() {
    double average = 5;
    List<Double> targets = targets(TargetNetwork.afterStep(TAU, step, layer));
    for (int k = 0; k < 4; k++) {
      assertThat(targets.get(k)).isCloseTo(average, within(1e-12));
      double tau = 0.9 - 0.2 * k;
      average = tau * average + (1 - tau) * (5 + k + 1);
    }
  }
}
