package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TensorFlowEngineTest {
  private Engine engine;

  @BeforeEach
  void open() {
    engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  @Test
  void aStepIsASimultaneousAssignment() {
    Expr x = Expr.variable("x", Array.vector(1, 2));
    Expr y = Expr.variable("y", Array.vector(3, 4));
    Program swap =
        engine.compile(Step.named("swap").output("sum", x.plus(y)).updating(x, y).updating(y, x));
    for (int i = 0; i < 201; i++) {
      assertThat(swap.run().get("sum")).isEqualTo(Array.vector(4, 6));
    }
    assertThat(engine.read(Variables.of(x, y)))
        .isEqualTo(ImmutableMap.of("x", Array.vector(3, 4), "y", Array.vector(1, 2)));
  }

  @Test
  void outputsSeeTheValuesBeforeTheStep() {
    Expr count = Expr.variable("count", Array.scalar(0));
    Program next =
        engine.compile(Step.named("next").output("count", count).updating(count, count.plus(1)));
    for (int i = 0; i < 50; i++) {
      assertThat(next.run().scalar("count")).isEqualTo(i);
    }
    assertThat(engine.read(count).scalarValue()).isEqualTo(50);
  }

  @Test
  void nothingIsAssignedWhenAPartOfTheStepFails() {
    Expr count = Expr.variable("count", Array.scalar(0));
    Expr matrix = Expr.variable("matrix", Array.matrix(new double[] {-1}));
    Program step =
        engine.compile(
            Step.named("step").output("factor", matrix.cholesky()).updating(count, count.plus(1)));
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(step::run).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(engine.read(count).scalarValue()).isZero();
  }

  @Test
  void programsShareTheVariables() {
    Expr x = Expr.variable("x", Array.scalar(3));
    Program twice = engine.compile(Step.named("twice").updating(x, x.times(2)));
    Program square = engine.compile(Step.named("square").output("square", x.squared()));
    twice.run();
    assertThat(square.run().scalar("square")).isEqualTo(36);
  }

  @Test
  void variablesOfTheSameNameAreDifferent() {
    Expr one = Expr.variable("w", Array.scalar(1));
    Expr two = Expr.variable("w", Array.scalar(2));
    Program sum = engine.compile(Step.named("sum").output("sum", one.minus(two)));
    assertThat(sum.run().scalar("sum")).isEqualTo(-1);
  }

  @Test
  void aVariableUnderAnotherNameIsTheSameVariable() {
    Expr x = Expr.variable("x", Array.scalar(1));
    Expr alias = x.named("alias");
    Program step = engine.compile(Step.named("step").output("sum", x.plus(alias)));
    engine.write(alias, Array.scalar(5));
    assertThat(engine.read(x).scalarValue()).isEqualTo(5);
    assertThat(step.run().scalar("sum")).isEqualTo(10);
  }

  @Test
  void variablesStartAtTheirInitializers() {
    Initializer initializer = Initializer.normal(0.1, 7);
    Expr x = Expr.variable("x", Shape.of(3, 4), initializer);
    Program step = engine.compile(Step.named("step").output("x", x));
    assertThat(step.run().get("x")).isEqualTo(initializer.values(x.shape()));
    assertThat(engine.read(x)).isEqualTo(initializer.values(x.shape()));
  }

  @Test
  void compilingAgainDoesNotResetVariables() {
    Expr x = Expr.variable("x", Array.scalar(1));
    engine.compile(Step.named("double").updating(x, x.times(2))).run();
    engine.compile(Step.named("double").updating(x, x.times(2))).run();
    engine.compile(Step.named("twice").updating(x, x.times(2))).run();
    assertThat(engine.read(x).scalarValue()).isEqualTo(8);
  }

  @Test
  void anEqualStepIsTheSameProgram() {
    Expr x = Expr.variable("x", Array.scalar(1));
    Program first = engine.compile(Step.named("double").output("x", x).updating(x, x.times(2)));
    assertThat(engine.compile(Step.named("double").output("x", x).updating(x, x.times(2))))
        .isSameAs(first);
    assertThat(engine.compile(Step.named("other").output("x", x).updating(x, x.times(2))))
        .isNotSameAs(first);
    assertThat(engine.compile(Step.named("double").output("x", x))).isNotSameAs(first);
    assertThat(engine.compile(Step.named("double").output("x", x.squared()))).isNotSameAs(first);
  }

  @Test
  void aStepThatDoesNotCompileIsTriedAgain() {
    AtomicInteger calls = new AtomicInteger();
    Initializer failing =
        shape -> calls.incrementAndGet() == 1 ? Array.vector(1, 2) : Array.scalar(5);
    Expr x = Expr.variable("x", Shape.scalar(), failing);
    Step step = Step.named("step").output("x", x);
    assertThatThrownBy(() -> engine.compile(step)).isInstanceOf(IllegalArgumentException.class);
    assertThat(engine.compile(step).run().scalar("x")).isEqualTo(5);
  }

  @Test
  void variablesCanBeWrittenAndReadBeforeAnyStep() {
    Expr x = Expr.variable("x", Array.vector(1, 2));
    Expr y = Expr.variable("y", Array.scalar(3));
    engine.write(x, Array.vector(5, 6));
    assertThat(engine.read(Variables.of(x, y)))
        .isEqualTo(ImmutableMap.of("x", Array.vector(5, 6), "y", Array.scalar(3)));
  }

  @Test
  void writesSeveralVariablesByKey() {
    Variables variables =
        Variables.of(Expr.variable("x", Array.vector(1, 2)), Expr.variable("y", Array.scalar(3)));
    engine.write(variables, ImmutableMap.of("y", Array.scalar(4)));
    assertThat(engine.read(variables))
        .isEqualTo(ImmutableMap.of("x", Array.vector(1, 2), "y", Array.scalar(4)));
  }

  @Test
  void writingAnotherShapeChangesNothing() {
    Expr x = Expr.variable("x", Array.vector(1, 2));
    Expr y = Expr.variable("y", Array.scalar(3));
    assertThatThrownBy(
            () -> engine.write(ImmutableMap.of(y, Array.scalar(9), x, Array.vector(1, 2, 3))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            write: the shapes of variable and value differ.
              variable  x  [2]
              value        [3]
            Maybe the value belongs to another variable or another configuration.""");
    assertThat(engine.read(y).scalarValue()).isEqualTo(3);
  }

  @Test
  void readsVariablesOnly() {
    Expr x = Expr.variable("x", Array.vector(1, 2));
    assertThatThrownBy(() -> engine.read(x.plus(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read: the expression is not a variable.
              expression  add(x, 1.0)  [2]
            Maybe it should be an output of a step.""");
  }

  @Test
  void namesAnInitializerThatIgnoresTheShape() {
    Expr x = Expr.variable("x", Shape.of(2), shape -> Array.vector(1, 2, 3));
    Step step = Step.named("step").output("x", x);
    assertThatThrownBy(() -> engine.compile(step))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            initialize: the initializer gave another shape than it was asked for.
              variable  x  [2]
              value        [3]
            Maybe the initializer ignores its argument.""");
  }

  @Test
  void feedsInputs() {
    Expr x = Expr.input("x", 2);
    Expr scale = Expr.input("scale");
    Program step = engine.compile(Step.named("step").output("y", x.times(scale)).output("x", x));
    Feed feed = Feed.of(x, Array.vector(1, 2)).and(scale, Array.scalar(3));
    assertThat(step.inputs()).containsExactly(x, scale);
    assertThat(step.run(feed).get("y")).isEqualTo(Array.vector(3, 6));
    assertThat(step.run(feed).get("x")).isEqualTo(Array.vector(1, 2));
  }

  @Test
  void anInputWhoseInfluenceVanishesIsFedAllTheSame() {
    Expr x = Expr.variable("x", Array.scalar(2));
    Expr offset = Expr.input("offset");
    Program step =
        engine.compile(Step.named("step").output("slope", x.squared().plus(offset).gradient(x)));
    assertThat(step.run(Feed.of(offset, Array.scalar(1))).scalar("slope")).isEqualTo(4);
  }

  @Test
  void namesAMissingInput() {
    Expr x = Expr.input("x", 2);
    Program step = engine.compile(Step.named("step").output("y", x.times(2)));
    assertThatThrownBy(step::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            run "step": the input "x" is not fed.
              needed  x [2]
              fed     nothing
            Maybe Feed.of(x, ...) was forgotten.""");
  }

  @Test
  void aFeedForSeveralStepsIsLimitedToOne() {
    Expr x = Expr.input("x");
    Expr y = Expr.input("y");
    Program step = engine.compile(Step.named("step").output("z", x.times(2)));
    Feed both = Feed.of(x, Array.scalar(4)).and(y, Array.scalar(5));
    assertThat(step.run(both.limitedTo(step)).scalar("z")).isEqualTo(8);
  }

  @Test
  void computesInItsPrecision() {
    Expr x = Expr.variable("x", Array.scalar(1));
    Step step = Step.named("step").output("y", x.plus(1e-9).minus(1));
    assertThat(engine.precision()).isEqualTo(Precision.FLOAT64);
    assertThat(engine.compile(step).run().scalar("y")).isCloseTo(1e-9, within(1e-15));
    try (Engine single = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
      assertThat(single.precision()).isEqualTo(Precision.FLOAT32);
      assertThat(single.compile(step).run().scalar("y")).isZero();
    }
  }

  @Test
  void largeConstantsAreKeptOutsideTheGraph() {
    Array large = Array.fill(Shape.of(300, 100), i -> i);
    Expr constant = Expr.constant(large);
    Program sum = engine.compile(Step.named("sum").output("sum", constant.sum()));
    Program same = engine.compile(Step.named("same").output("same", constant));
    assertThat(sum.run().scalar("sum")).isEqualTo(29999 * 15000.0);
    assertThat(same.run().get("same")).isEqualTo(large);
  }

  @Test
  void deepExpressionsNeedNoDeepStack() {
    Expr x = Expr.variable("x", Array.scalar(0));
    Expr sum = x;
    for (int i = 0; i < 5000; i++) {
      sum = sum.plus(1).named("sum " + i);
    }
    Program step = engine.compile(Step.named("deep").output("sum", sum));
    assertThat(step.run().scalar("sum")).isEqualTo(5000);
  }

  @Test
  void operationsCarryTheNamesOfStepAndExpression() {
    Expr x = Expr.variable("x", Array.vector(1, 2));
    Step step = Step.named("inner step").output("loss", x.squared().named("élan").sum());
    TensorFlowProgram first = (TensorFlowProgram) engine.compile(step);
    TensorFlowProgram second =
        (TensorFlowProgram)
            engine.compile(Step.named("inner step").output("cost", step.outputs().get("loss")));
    assertThat(first.lowered().origins())
        .containsKeys("inner_step/x/ReadVariableOp", "inner_step/_lan/Square", "inner_step/Sum");
    assertThat(second.lowered().origins()).containsKey("inner_step_1/_lan/Square");
    assertThat(first.nodeCount()).isEqualTo(second.nodeCount() + 4);
    assertThat(first.compileTime()).isPositive();
    assertThat(first).hasToString("program \"inner step\" (13 nodes)");
  }

  @Test
  void aBroadcastLeftToTheOutputCarriesItsOwnName() {
    Expr x = Expr.variable("x", Array.vector(1, 2));
    Expr rows = x.broadcastTo(Shape.of(3, 2)).named("rows");
    Step step = Step.named("step").output("rows", rows).output("sum", x.sum());
    TensorFlowProgram program = (TensorFlowProgram) engine.compile(step);
    assertThat(program.lowered().origins()).containsEntry("step/rows/BroadcastTo", rows);
    assertThat(program.run().get("rows")).isEqualTo(Array.of(Shape.of(3, 2), 1, 2, 1, 2, 1, 2));
  }

  @Test
  void nodesThatDifferInNameOnlyAreComputedOnce() {
    Expr x = Expr.variable("x", Array.vector(1, 2));
    Expr exp = x.exp();
    Step step = Step.named("step").output("y", exp.plus(exp.named("z")));
    TensorFlowProgram program = (TensorFlowProgram) engine.compile(step);
    assertThat(program.lowered().origins().keySet())
        .filteredOn(name -> name.contains("Exp"))
        .hasSize(1);
    assertThat(program.run().get("y")).isEqualTo(Array.vector(2 * Math.E, 2 * Math.exp(2)));
  }

  @Test
  void anEngineHasOneReadOfEachVariableInEachStep() {
    Expr x = Expr.variable("x", Array.vector(1, 2));
    Step step = Step.named("step").output("y", x.exp().plus(x).dot(x.named("other")));
    TensorFlowProgram program = (TensorFlowProgram) engine.compile(step);
    assertThat(program.lowered().origins().keySet())
        .filteredOn(name -> name.contains("Read"))
        .hasSize(1);
  }

  @Test
  void closingTwiceIsHarmless() {
    engine.close();
    assertThatCode(engine::close).doesNotThrowAnyException();
  }

  @Test
  void nothingWorksAfterClosing() {
    Expr x = Expr.variable("x", Array.scalar(1));
    Step step = Step.named("step").output("x", x);
    Program program = engine.compile(step);
    engine.close();
    requireClosed("run \"step\"", program::run);
    requireClosed("compile \"step\"", () -> engine.compile(step));
    requireClosed("read", () -> engine.read(x));
    requireClosed("write", () -> engine.write(x, Array.scalar(2)));
  }

  private static void requireClosed(String operation, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            operation
                + ": the engine is closed.\n"
                + "Maybe the program or result is used outside the engine's try block.");
  }

  @Test
  void listsTheProcessorFirst() {
    assertThat(TensorFlowEngine.availableDevices().get(0).device()).isEqualTo(Device.cpu());
    assertThat(TensorFlowEngine.version()).matches("\\d+\\.\\d+\\.\\d+.*");
  }

  @Test
  void openingAutomaticallyGivesADeviceThatExists() {
    try (Engine automatic = TensorFlowEngine.open(Device.auto(), Precision.FLOAT32)) {
      assertThat(TensorFlowEngine.availableDevices()).contains(automatic.device());
    }
  }

  @Test
  void saysWhatIsMissingForAGpu() {
    assertThatThrownBy(() -> TensorFlowEngine.open(Device.gpu(99), Precision.FLOAT32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("device: there is no gpu:99.\n  found           cpu (")
        .hasMessageContaining("\n  NVIDIA driver   ")
        .hasMessageContaining("\n  CUDA libraries  ")
        .hasMessageContaining("\nMaybe ");
  }
}
