package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.MemoryBudget;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.LinearSolve;
import io.github.bilevel4j.solver.linear.SolveReport;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeptValuesTest {
  private final Random random = new Random(2);
  private final Expr x = Expr.input("x", 3);
  private final Expr kept = Expr.kept("kept", Shape.of(3));
  private final Step keep = Step.named("keep").updating(kept, x.squared());
  private final Step read = Step.named("read").output("y", kept.plus(1));

  private static TensorFlowEngine open(Precision precision) {
    return TensorFlowEngine.open(Device.cpu(), precision);
  }

  @Test
  void holdNothingBeforeTheyAreAssigned() {
    try (TensorFlowEngine engine = open(Precision.FLOAT64)) {
      Program program = engine.compile(read);
      assertThatThrownBy(program::run)
          .isInstanceOf(UsageError.class)
          .hasMessageStartingWith(
              "run \"read\": a kept value is read before a step has assigned it");
      assertThatThrownBy(() -> engine.read(List.of(kept))).isInstanceOf(UsageError.class);
      engine.compile(keep).run(Feed.of(x, Array.vector(1, 2, 3)));
      assertThat(program.run().get("y").toDoubles()).containsExactly(2, 5, 10);
      assertThat(engine.read(List.of(kept)).get(kept).toDoubles()).containsExactly(1, 4, 9);
    }
  }

  @Test
  void areFreedWhenTheStepThatComputesThemBeginsAgain() {
    try (TensorFlowEngine engine = open(Precision.FLOAT64)) {
      Program failing = engine.compile(Step.named("keep").updating(kept, x.gather(x)));
      Program program = engine.compile(read);
      failing.run(Feed.of(x, Array.vector(2, 1, 0)));
      assertThat(program.run().get("y").toDoubles()).containsExactly(1, 2, 3);
      assertThatThrownBy(() -> failing.run(Feed.of(x, Array.vector(7, 1, 0))))
          .hasMessageContaining("an index is outside 0..2");
      assertThatThrownBy(program::run).hasMessageContaining("kept value is read before");
      // The memory is free, not just out of reach.
      engine.keptValues().assigned(Set.of((Leaf) kept.op()));
      assertThatThrownBy(program::run).hasMessageContaining("the device failed");
      failing.run(Feed.of(x, Array.vector(0, 0, 0)));
      assertThat(program.run().get("y").toDoubles()).containsExactly(1, 1, 1);
    }
  }

  @Test
  void mayBeComputedFromTheirOwnLastValues() {
    try (TensorFlowEngine engine = open(Precision.FLOAT64)) {
      Program add = engine.compile(Step.named("add").updating(kept, kept.plus(x)));
      engine.compile(keep).run(Feed.of(x, Array.vector(1, 2, 3)));
      add.run(Feed.of(x, Array.vector(1, 1, 1)));
      add.run(Feed.of(x, Array.vector(1, 1, 1)));
      assertThat(engine.read(List.of(kept)).get(kept).toDoubles()).containsExactly(3, 6, 11);
    }
  }

  @Test
  void areSetByTheHostLikeOthers() {
    try (TensorFlowEngine engine = open(Precision.FLOAT64)) {
      engine.write(Map.of(kept, Array.vector(4, 5, 6)));
      assertThat(engine.compile(read).run().get("y").toDoubles()).containsExactly(5, 6, 7);
    }
  }

  /** A program that is lowered again after many were closed finds what was kept before. */
  @Test
  void passIntoANewGraph() {
    try (TensorFlowEngine engine = open(Precision.FLOAT64)) {
      Program program = engine.compile(read);
      engine.compile(keep).run(Feed.of(x, Array.vector(1, 2, 3)));
      Expr never = Expr.kept("never", Shape.of(2));
      engine.compile(Step.named("never").output("y", never));
      int nodes = engine.nodeCount();
      for (int i = 0; i < 2_000; i++) {
        Expr sum = x.plus(i).sum();
        engine.compile(Step.named("closed").output("y", sum)).close();
      }
      assertThat(engine.nodeCount()).isLessThan(nodes + 2_000);
      assertThat(program.run().get("y").toDoubles()).containsExactly(2, 5, 10);
    }
  }

  /** Of two steps that assign a value each is planned as if the other's were gone, as it is. */
  @Test
  void areNotCountedTwiceInABudget() {
    Expr large = Expr.input("large", 1 << 20);
    Expr sum = Expr.kept("sum", large.shape());
    MemoryBudget budget = MemoryBudget.of("12m");
    try (TensorFlowEngine engine = TensorFlowEngine.openForArrays(Precision.FLOAT32, budget)) {
      Program first = engine.compile(Step.named("first").updating(sum, large.plus(1)));
      Program second = engine.compile(Step.named("second").updating(sum, large.plus(2)));
      Feed feed = Feed.of(large, Array.fill(large.shape(), i -> 0));
      first.run(feed);
      second.run(feed);
      assertThat(engine.read(List.of(sum)).get(sum).at(7)).isEqualTo(2);
      Expr other = Expr.kept("other", large.shape());
      Step third = Step.named("third").updating(other, large.plus(3));
      assertThatThrownBy(() -> engine.compile(third)).hasMessageContaining("are allowed");
    }
  }

  @Test
  void areAsComputedWithinABudget() {
    MemoryBudget budget = MemoryBudget.of("64m");
    try (TensorFlowEngine engine = TensorFlowEngine.openForArrays(Precision.FLOAT32, budget)) {
      Program first = engine.compile(keep);
      Program program = engine.compile(read);
      for (int i = 1; i <= 2; i++) {
        first.run(Feed.of(x, Array.vector(i, i, i)));
        assertThat(program.run().get("y").toDoubles()).containsOnly(i * i + 1);
      }
    }
  }

  /** What a linear solve keeps of a convolutional network is what the network computes with. */
  @Test
  void ofALinearSolveAreRounded() {
    Expr image = Expr.constant(Array.fill(Shape.of(4, 8, 8, 16), i -> random.nextGaussian()));
    Expr weight = filter();
    Expr bias = Expr.variable("bias", Shape.of(16), Initializer.normal(0.1, 3));
    Vector phi = Vector.of(ImmutableMap.of("w", weight, "b", bias));
    Expr hidden = image.conv2d(weight, 1, 1).plus(bias).relu();
    Vector gradient = Derivatives.gradient(hidden.conv2d(weight, 1, 1).softplus().mean(), phi);
    try (TensorFlowEngine engine = open(Precision.MIXED)) {
      LinearSolve solve =
          LinearSolve.of(
              "solve",
              SolveReport.Operator.HESSIAN,
              ConjugateGradient.steps(2).tolerance(0),
              v -> Derivatives.vjp(gradient, phi, v).plus(v.times(10)),
              gradient,
              engine);
      Program begin = solve.begin(Step.named("begin"));
      assertThat(solve.run(begin.run(), Feed.none()).iterations()).isEqualTo(2);
      assertThat(solve.kept())
          .filteredOn(each -> each.shape().equals(hidden.shape()))
          .isNotEmpty()
          .anyMatch(each -> engine.keptValues().isRounded((Leaf) each.op()));
    }
  }

  private Expr filter() {
    return Expr.variable(
        "filter", Array.fill(Shape.of(3, 3, 16, 16), i -> 0.1 * random.nextGaussian()));
  }

  /** What convolutions compute in bfloat16 is kept so, in half of the memory, and not changed. */
  @Test
  void areAsRoundedAsTheyAreComputed() {
    Expr image = Expr.constant(Array.fill(Shape.of(2, 8, 8, 16), i -> random.nextGaussian()));
    Expr convolution = image.conv2d(filter(), 1, 1).relu();
    Expr rounded = Expr.kept("rounded", convolution.shape());
    Expr exact = Expr.kept("exact", convolution.shape());
    Expr early = Expr.kept("early", convolution.shape());
    Step all =
        Step.named("keep")
            .output("y", convolution)
            .updating(rounded, convolution)
            .updating(exact, convolution.exp())
            .updating(early, convolution);
    try (TensorFlowEngine engine = open(Precision.MIXED)) {
      Program earlier = engine.compile(Step.named("early").output("y", early));
      Program program = engine.compile(all);
      double[] expected = program.run().get("y").toDoubles();
      assertThat(engine.keptValues().isRounded((Leaf) rounded.op())).isTrue();
      // Exponentials are not rounded, and a program that reads it had been compiled before.
      assertThat(engine.keptValues().isRounded((Leaf) exact.op())).isFalse();
      assertThat(engine.keptValues().isRounded((Leaf) early.op())).isFalse();
      assertThat(earlier.run().get("y").toDoubles()).containsExactly(expected);
      assertThat(engine.read(List.of(rounded)).get(rounded).toDoubles()).containsExactly(expected);
      assertThat(
              engine
                  .compile(Step.named("read").output("y", rounded.times(2)))
                  .run()
                  .get("y")
                  .toDoubles())
          .containsExactly(Arrays.stream(expected).map(v -> 2 * v).toArray());
    }
  }
}
