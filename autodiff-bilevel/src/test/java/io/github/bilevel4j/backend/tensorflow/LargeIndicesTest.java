package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Positions beyond 2^24 = 16,777,216, of which single precision has only the even ones. */
class LargeIndicesTest {
  private static final int SIZE = 17_000_000;
  private static final int ODD = (1 << 24) + 1;

  private static Engine engine;

  @BeforeAll
  static void open() {
    engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32);
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  private static Expr marked(Expr index, int mark) {
    return Expr.filled(mark, index.shape()).scatterAdd(index, SIZE);
  }

  private static Results run(Step step, Feed feed) {
    try (var program = engine.compile(step)) {
      return program.run(feed);
    }
  }

  @Test
  void constantsAreExact() {
    Expr index = Expr.constant(Array.vector(ODD));
    Expr table = marked(index, 3);
    Expr neighbors = Expr.constant(Array.vector(ODD - 1, ODD, ODD + 1));
    Results results =
        run(Step.named("constants").output("rows", table.gather(neighbors)), Feed.none());
    assertThat(results.get("rows")).isEqualTo(Array.vector(0, 3, 0));
  }

  @Test
  void inputsAndTheirArithmeticAreExact() {
    Expr row = Expr.input("row", 2);
    Expr column = Expr.input("column", 2);
    Expr flat = row.times(4096).plus(column);
    Expr back = flat.dividedBy(4096).floor();
    Expr width = flat.minus(back.times(4096));
    Step step =
        Step.named("inputs")
            .output("rows", marked(flat, 5).gather(flat.plus(Expr.constant(Array.vector(0, 1)))))
            .output("column", Expr.range(4096).gather(width))
            .output("row", row);
    Results results =
        run(step, Feed.of(row, Array.vector(4096, 4100)).and(column, Array.vector(1, 77)));
    assertThat(results.get("rows")).isEqualTo(Array.vector(5, 0));
    assertThat(results.get("column")).isEqualTo(Array.vector(1, 77));
    assertThat(results.get("row")).isEqualTo(Array.vector(4096, 4100));
  }

  @Test
  void positionsOfMaximaAreExact() {
    Expr index = Expr.constant(Array.vector(ODD));
    Expr table = marked(index, 7);
    Expr position = table.argMax(0);
    Step step =
        Step.named("maxima").output("position", position).output("value", table.gather(position));
    Results results = run(step, Feed.none());
    assertThat(results.scalar("position")).isEqualTo(ODD);
    assertThat(results.scalar("value")).isEqualTo(7);
  }

  @Test
  void gradientsGoToTheRowThatWasTaken() {
    Expr position = Expr.input("position", 1);
    Expr x = Expr.filled(2, Shape.of(SIZE)).plus(Expr.input("shift"));
    Expr gradient = x.gather(position).squared().sum().gradient(x);
    Step step =
        Step.named("gradients")
            .output("sum", gradient.sum())
            .output("there", gradient.gather(Expr.constant(Array.vector(ODD))));
    Results results =
        run(step, Feed.of(position, Array.vector(ODD)).and(x.input(1), Array.scalar(1)));
    assertThat(results.scalar("sum")).isEqualTo(6);
    assertThat(results.get("there")).isEqualTo(Array.vector(6));
  }

  @Test
  void masksOfLargeIndicesAreExact() {
    Expr index = Expr.input("index", 3);
    Expr kept = index.equalTo(Expr.constant(ODD)).where(index, Expr.constant(0));
    Results results =
        run(
            Step.named("masks").output("found", marked(kept, 1).gather(index)),
            Feed.of(index, Array.vector(ODD - 1, ODD, ODD + 1)));
    assertThat(results.get("found")).isEqualTo(Array.vector(0, 1, 0));
  }

  @Test
  void anIndexBeyondTheTableIsAnError() {
    Expr index = Expr.input("index", 1);
    Step step = Step.named("beyond").output("row", Expr.range(5).gather(index));
    assertThatThrownBy(() -> run(step, Feed.of(index, Array.vector(4294967297.0))))
        .isInstanceOf(UsageError.class)
        .hasMessageStartingWith("run \"beyond\": an index is outside 0..4.");
  }

  @Test
  void fractionsAreRounded() {
    Expr index = Expr.input("index", 2);
    Step step =
        Step.named("fractions")
            .output("row", Expr.range(5).gather(index))
            .output("value", index.times(2));
    Results results = run(step, Feed.of(index, Array.vector(1.75, 2.25)));
    assertThat(results.get("row")).isEqualTo(Array.vector(2, 2));
    assertThat(results.get("value")).isEqualTo(Array.vector(3.5, 4.5));
  }
}
