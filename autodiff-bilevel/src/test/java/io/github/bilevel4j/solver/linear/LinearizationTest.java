package io.github.bilevel4j.solver.linear;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.Unary;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LinearizationTest {
  private final Expr w = Expr.variable("w", Shape.of(3, 4), Initializer.normal(1, 1));
  private final Expr x = Expr.input("x", 5, 3);
  private final Variables phi = Variables.of(w);
  private final Variables direction =
      Variables.of(Expr.variable("w", Shape.of(3, 4), Initializer.normal(1, 2)));
  private final Vector product =
      Derivatives.hvp(
          x.matmul(w).tanh().plus(RandomKey.fixed(1).uniform(5, 4)).squared().sum(),
          phi.vector(),
          direction.vector());
  private final Linearization linearization =
      Linearization.of("kept", product, direction, variable -> Optional.empty());

  @Test
  void theSecondPartReadsNoInputAndHasNoPrimalTanh() {
    Iterable<Expr> nodes = Expr.nodesOf(linearization.function().components().values());
    assertThat(Iterables.any(nodes, n -> n.op() instanceof Leaf.Input)).isFalse();
    assertThat(Iterables.any(nodes, n -> n.op() == Unary.TANH)).isFalse();
  }

  @Test
  void bothPartsTogetherAreTheFunction() {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Program whole = engine.compile(Step.named("whole").outputs(product.components()));
      Program capture = engine.compile(Step.named("capture").updating(linearization.capture()));
      Program rest =
          engine.compile(Step.named("rest").outputs(linearization.function().components()));
      Feed feed = Feed.of(x, Array.fill(x.shape(), i -> Math.sin(i + 1)));
      capture.run(feed);
      assertThat(rest.run().get("w").toDoubles())
          .containsExactly(whole.run(feed).get("w").toDoubles());
    }
  }

  @Test
  void aFunctionWithoutTheDirectionIsKeptWhole() {
    Vector constant = Vector.of(ImmutableMap.of("w", x.exp()));
    Linearization kept =
        Linearization.of("kept", constant, direction, variable -> Optional.empty());
    assertThat(kept.capture()).hasSize(1);
    assertThat(kept.function().get("w").isVariable()).isTrue();
  }

  /** The rectifier's derivative is a step function of its value, which the next product reads. */
  @Test
  void ofARectifierTheValueIsKeptAlone() {
    Expr hidden = x.matmul(w).relu();
    Vector deep =
        Derivatives.hvp(
            hidden.matmul(w.transposed()).squared().sum(), phi.vector(), direction.vector());
    Linearization kept = Linearization.of("kept", deep, direction, variable -> Optional.empty());
    assertThat(kept.capture())
        .extracting(update -> update.value().op())
        .contains(Unary.RELU)
        .doesNotContain(Unary.HEAVISIDE);
  }

  @Test
  void constantsAndVariablesAreNotKept() {
    Vector linear =
        Vector.of(
            ImmutableMap.of("w", direction.get("w").times(w).plus(Expr.filled(2, w.shape()))));
    Linearization kept = Linearization.of("kept", linear, direction, variable -> Optional.empty());
    assertThat(kept.capture()).isEmpty();
    assertThat(List.of(kept.function())).containsExactly(linear);
  }
}
