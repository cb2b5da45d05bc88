package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClosedProgramsTest {
  private final Expr count = Expr.variable("count", Array.scalar(0));
  private final Step next =
      Step.named("next").output("count", count).updating(count, count.plus(1));
  private TensorFlowEngine engine;

  @BeforeEach
  void open() {
    engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  @Test
  void aClosedProgramDoesNotRun() {
    Program program = engine.compile(next);
    program.run();
    program.close();
    program.close();
    assertThatThrownBy(program::run)
        .isInstanceOf(UsageError.class)
        .hasMessage(
            "run \"next\": the program is closed.\nMaybe engine.compile(step) gives a new one.");
    assertThat(engine.read(count).scalarValue()).isEqualTo(1);
    Program again = engine.compile(next);
    assertThat(again).isNotSameAs(program);
    assertThat(again.run().scalar("count")).isEqualTo(1);
  }

  @Test
  void closingAfterTheEngineIsNothing() {
    Program program = engine.compile(next);
    engine.close();
    program.close();
    assertThatThrownBy(program::run).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void largeConstantsAreFreedWithTheirLastProgram() {
    Expr large = Expr.constant(Array.fill(Shape.of(1 << 15), i -> i));
    Program sum = engine.compile(Step.named("sum").output("sum", large.sum()));
    Program max = engine.compile(Step.named("max").output("max", large.max()));
    assertThat(engine.arrays()).isEqualTo(1);
    sum.close();
    assertThat(max.run().scalar("max")).isEqualTo((1 << 15) - 1);
    assertThat(engine.arrays()).isEqualTo(1);
    max.close();
    assertThat(engine.arrays()).isZero();
    assertThat(engine.compile(Step.named("min").output("min", large.min())).run().scalar("min"))
        .isZero();
  }

  @Test
  void variablesThatNobodyCanAskForAreFreed() throws InterruptedException {
    engine.compile(next).run();
    closeOneOfAnotherVariable();
    assertThat(engine.arrays()).isEqualTo(2);
    for (int i = 0; i < 50 && engine.arrays() > 1; i++) {
      System.gc();
      Thread.sleep(20);
      engine.compile(Step.named("nothing").output("one", Expr.constant(1))).close();
    }
    assertThat(engine.arrays()).isEqualTo(1);
    assertThat(engine.read(count).scalarValue()).isEqualTo(1);
  }

  private void closeOneOfAnotherVariable() {
    Expr other = Expr.variable("other", Array.vector(1, 2, 3));
    Program program = engine.compile(Step.named("other").output("other", other.sum()));
    assertThat(program.run().scalar("other")).isEqualTo(6);
    program.close();
  }

  @Test
  void mostlyClosedGraphsAreBegunAnew() {
    Program counting = engine.compile(next);
    counting.run();
    Expr kept = Expr.variable("kept", Array.vector(0.1, 1.0 / 3));
    engine.write(kept, Array.vector(0.7, 2.0 / 3));
    Expr x = count;
    for (int i = 0; i < 3000; i++) {
      x = x.plus(i).sin();
    }
    Step chain = Step.named("chain").output("x", x);
    Program program = engine.compile(chain);
    double value = program.run().scalar("x");
    assertThat(engine.nodeCount()).isGreaterThan(6000);
    program.close();
    assertThat(engine.nodeCount()).isLessThan(100);
    assertThat(engine.read(kept)).isEqualTo(Array.vector(0.7, 2.0 / 3));
    assertThat(engine.compile(chain).run().scalar("x")).isEqualTo(value);
    assertThat(counting.run().scalar("count")).isEqualTo(1);
    assertThat(counting.run().scalar("count")).isEqualTo(2);
  }
}
