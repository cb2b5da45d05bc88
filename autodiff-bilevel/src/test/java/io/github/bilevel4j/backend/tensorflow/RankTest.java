package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.autodiff.Draws;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The largest rank that can be written is one that the device takes in every operation. */
class RankTest {
  private static final int[] DIMS = {2, 1, 2, 1, 2, 3, 1, 2};

  @Test
  void everyOperationTakesTheLargestRank() {
    assertThat(DIMS).hasSize(Shape.MAX_RANK);
    Draws draws = Draws.seed(1);
    Expr x = Expr.variable("x", draws.normal(DIMS));
    Expr low = Expr.variable("low", draws.normal(2, 1, 1, 3, 1, 1));
    Map<String, Expr> values = new LinkedHashMap<>();
    values.put("elementwise", x.times(low).tanh());
    values.put("maximum", x.maximum(low));
    values.put("where", x.greaterThan(0).where(low, x));
    values.put("reversed", x.reversed(5));
    values.put("padded", x.padded(5, 1, 2, 3));
    values.put("slice", x.slice(5, 1, 3));
    values.put("concat", Expr.concat(4, x, x));
    values.put("permuted", x.permuted(7, 6, 5, 4, 3, 2, 1, 0));
    values.put("turned", x.permuted(5, 0, 7, 2, 6, 4, 1, 3));
    values.put("broadcast", low.broadcastTo(x.shape()));
    values.put("sum", x.sum(0, 2, 4, 7));
    values.put("max", x.max(0, 5));
    values.put("arg max", x.argMax(5));
    values.put("cumsum", x.cumsum(5));
    values.put("sorted", x.sorted(5));
    values.put("product", x.matmulTransposed(x));
    values.put("band", x.bandPart(0, 0));
    values.put("solved", x.rowGram().plusDiagonal(1).solve(x));
    values.put("cholesky", x.rowGram().plusDiagonal(1).cholesky());
    values.put("gather", x.gather(Expr.constant(Array.vector(1))));
    values.put("one-hot", x.sum(7).argMax(5).oneHot(3));
    Map<String, Expr> outputs = new LinkedHashMap<>(values);
    values.forEach(
        (name, value) -> {
          Expr derivative = value.squared().sum().gradient(x);
          outputs.put("derivative of " + name, derivative);
        });
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Results results = engine.compile(Step.named("rank").outputs(outputs)).run();
      outputs.forEach(
          (name, output) ->
              assertThat(results.get(name).toDoubles())
                  .as(name)
                  .containsExactly(
                      Interpreter.atStart().evaluate(output).toDoubles(), within(1e-9)));
    }
  }

  @Test
  void aHigherRankIsRefusedWhereItIsWritten() {
    int[] nine = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> Expr.variable("x", Shape.of(nine), Initializer.zeros()))
        .withMessage(
            """
            shape: there are 9 axes, at most 8 are possible.
              dimensions  [1, 1, 1, 1, 1, 1, 1, 1, 1]
            Maybe some of them should be joined by a reshape.""");
    Expr eight = Expr.input("x", DIMS);
    assertThatExceptionOfType(UsageError.class).isThrownBy(() -> eight.unsqueezed(0));
    assertThatExceptionOfType(UsageError.class).isThrownBy(() -> Expr.stack(eight, eight));
    assertThatExceptionOfType(UsageError.class).isThrownBy(() -> eight.oneHot(3));
    assertThatExceptionOfType(UsageError.class).isThrownBy(() -> eight.tiled(3));
    assertThatExceptionOfType(UsageError.class).isThrownBy(() -> eight.diagonalMatrix());
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> Expr.range(3).unsqueezed(1).gather(eight));
    assertThatExceptionOfType(UsageError.class).isThrownBy(() -> Expr.input("x", new int[255]));
  }
}
