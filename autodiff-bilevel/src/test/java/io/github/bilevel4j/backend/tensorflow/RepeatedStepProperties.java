package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Draws;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** A repeated step is as many runs one after another, to the last bit. */
class RepeatedStepProperties {

  private static void assertRepeats(Step step, int times, Feed feed) {
    List<Expr> variables = step.updates().stream().map(Update::variable).toList();
    try (Engine one = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
        Engine other = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Program single = one.compile(step);
      Results expected = single.run(feed);
      for (int run = 1; run < times; run++) {
        expected = single.run(feed);
      }
      Results actual = other.compile(step.repeated(times)).run(feed);
      assertThat(actual.all()).isEqualTo(expected.all());
      assertThat(other.read(variables)).isEqualTo(one.read(variables));
    }
  }

  @Property(seed = "31", tries = 6)
  void descentWithMomentum(@ForAll long seed, @ForAll @IntRange(min = 1, max = 6) int times) {
    Draws draws = Draws.seed(seed);
    Variables w = Variables.of(Expr.variable("w", draws.normal(3, 2)));
    Variables momentum = Variables.zerosLike("momentum", w.vector());
    Expr count = Expr.variable("count", Array.scalar(0));
    Expr x = Expr.input("x", 4, 3);
    Expr loss = x.matmul(w.get("w")).tanh().minus(1).squared().sum();
    Optimizer.State next =
        Sgd.rate(step -> step.plus(1).reciprocal().times(0.1))
            .momentum(0.9)
            .next(
                new Optimizer.State(
                    w.vector(), ImmutableMap.of("momentum", momentum.vector()), count),
                loss.gradient(w));
    Step step =
        Step.named("descent")
            .output("loss", loss)
            .updating(Update.of(w, next.parameters()))
            .updating(Update.of(momentum, next.slots().get("momentum")))
            .updating(count, next.count());
    assertRepeats(step, times, Feed.of(x, draws.normal(4, 3)));
  }

  @Property(seed = "32", tries = 6)
  void drawsOfACounter(@ForAll long seed, @ForAll @IntRange(min = 1, max = 6) int times) {
    Expr counter = Expr.variable("counter", Array.scalar(0));
    Expr sum = Expr.variable("sum", Shape.of(5), Initializer.zeros());
    Expr draw = RandomKey.of(seed, counter).normal(5);
    Step step =
        Step.named("draws")
            .output("draw", draw)
            .updating(counter, counter.plus(1))
            .updating(sum, sum.plus(draw));
    assertRepeats(step, times, Feed.none());
  }

  /** After a run both variables are equal, and a gradient by one must not see the other. */
  @Example
  void gradientsOfVariablesThatBecomeOneExpression() {
    Expr x = Expr.variable("x", Array.scalar(2));
    Expr y = Expr.variable("y", Array.scalar(3));
    Expr product = x.times(y.exp());
    Step step =
        Step.named("step")
            .output("by x", product.gradient(x))
            .output("by y", product.gradient(y))
            .updating(x, x.plus(y))
            .updating(y, x.plus(y));
    assertRepeats(step, 3, Feed.none());
    Step constants =
        Step.named("constants")
            .output("by x", product.gradient(x))
            .updating(x, Expr.constant(4))
            .updating(y, Expr.constant(4));
    assertRepeats(constants, 2, Feed.none());
  }

  /** After a run a variable is made of what the gradient is by, and must stay constant in it. */
  @Example
  void gradientsByWhatAnAssignedVariableIsMadeOf() {
    Expr x = Expr.variable("x", Array.scalar(2));
    Expr fixed = Expr.variable("fixed", Array.scalar(0.5));
    Expr part = fixed.sin();
    Expr input = Expr.input("input");
    Expr loss = x.squared().times(part).times(input.exp());
    Vector gradients =
        Vector.of(
            ImmutableMap.of(
                "by input", loss.gradient(input),
                "by fixed", loss.gradient(fixed),
                "by part", loss.gradient(part),
                "by x", loss.gradient(x),
                "twice", loss.gradient(x).gradient(part)));
    Step step =
        Step.named("step")
            .outputs(gradients.components())
            .updating(x, x.plus(part).plus(input).minus(loss.gradient(x).times(0.01)));
    assertRepeats(step, 3, Feed.of(input, Array.scalar(0.25)));
  }

  @Example
  void aVariableUnderAnotherName() {
    Expr x = Expr.variable("x", Array.scalar(2));
    Expr alias = x.named("alias");
    Step step =
        Step.named("step")
            .output("sum", x.plus(alias))
            .output("gradient", x.times(alias).gradient(x))
            .updating(alias, x.times(alias));
    assertRepeats(step, 4, Feed.none());
  }

  @Example
  void variablesOfOneName() {
    Expr one = Expr.variable("w", Array.scalar(1));
    Expr two = Expr.variable("w", Array.scalar(2));
    Step step =
        Step.named("step")
            .output("gradient", one.times(two.exp()).gradient(one))
            .updating(one, one.plus(two))
            .updating(two, one.plus(two));
    assertRepeats(step, 3, Feed.none());
  }
}
