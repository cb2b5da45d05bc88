package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import io.github.bilevel4j.autodiff.Draws;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.autodiff.PrimitiveCase;
import io.github.bilevel4j.autodiff.PrimitiveCases;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.CustomGradient;
import io.github.bilevel4j.op.CustomOp;
import io.github.bilevel4j.op.Gradient;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Random;
import io.github.bilevel4j.shape.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every primitive against the reference semantics: its value and first derivatives. */
class PrimitivesTest {

  /** An expression under test; its operands are variables, so that nothing is computed early. */
  private record Row(String name, Expr expression) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final ImmutableList<Row> ROWS = rows();

  /** Expanded before, or not this library's. */
  private static final ImmutableSet<Class<?>> NOT_LOWERED =
      ImmutableSet.of(Gradient.class, CustomGradient.class, CustomOp.class);

  private static ImmutableMap<String, org.tensorflow.ndarray.Shape> inferredShapes;
  private static Results doubles;
  private static Results floats;

  @BeforeAll
  static void runAllInOneStep() {
    Step step = Step.named("primitives");
    for (Row row : ROWS) {
      step = step.output(row.name(), row.expression());
    }
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      TensorFlowProgram program = (TensorFlowProgram) engine.compile(step);
      inferredShapes =
          ImmutableMap.copyOf(
              Maps.transformValues(program.lowered().fetches(), fetch -> fetch.shape()));
      doubles = program.run();
    }
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
      floats = engine.compile(step).run();
    }
  }

  private static ImmutableList<Row> rows() {
    ImmutableList.Builder<Row> rows = ImmutableList.builder();
    int number = 0;
    for (PrimitiveCase each : PrimitiveCases.ALL) {
      // Random numbers are the device's own: see RandomTest.
      if (!(each.op() instanceof Random)) {
        rows.addAll(rows(++number + " " + each, each));
      }
    }
    return rows.build();
  }

  /** The value of a case, and the derivative of a random weighting of it in each input. */
  private static List<Row> rows(String name, PrimitiveCase each) {
    Expr[] inputs =
        each.inputs().stream().map(input -> Expr.variable("x", input)).toArray(Expr[]::new);
    Expr value = Expr.of(each.op(), inputs);
    Expr weights = Expr.constant(Draws.seed(3).normal(value.shape().toArray()));
    List<Row> rows = new ArrayList<>(List.of(new Row(name, value)));
    for (int i = 0; i < inputs.length; i++) {
      if (each.op().isDifferentiableIn(i)) {
        rows.add(new Row(name + " d/d" + i, value.dot(weights).gradient(inputs[i])));
      }
    }
    return rows;
  }

  static List<Row> theRows() {
    return ROWS;
  }

  @ParameterizedTest
  @MethodSource("theRows")
  void agreesWithTheReferenceInDoublePrecision(Row row) {
    Array expected = Interpreter.atStart().evaluate(row.expression());
    requireClose(doubles.get(row.name()), expected, 1e-12);
  }

  @ParameterizedTest
  @MethodSource("theRows")
  void agreesInBothPrecisions(Row row) {
    requireClose(floats.get(row.name()), doubles.get(row.name()), 1e-5);
  }

  @ParameterizedTest
  @MethodSource("theRows")
  void hasTheStaticShape(Row row) {
    assertThat(inferredShapes.get(row.name())).isEqualTo(Tensors.shape(row.expression().shape()));
    assertThat(doubles.get(row.name()).shape()).isEqualTo(row.expression().shape());
  }

  private static void requireClose(Array actual, Array expected, double tolerance) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.at(i))
          .isCloseTo(expected.at(i), within(tolerance * (1 + Math.abs(expected.at(i)))));
    }
  }

  @Test
  void everyPrimitiveHasALowering() {
    List<?> missing =
        kinds(Op.class)
            .filter(kind -> !NOT_LOWERED.contains(kind) && !Rules.primitives().contains(kind))
            .toList();
    assertThat(missing).as("primitives without a lowering").isEmpty();
  }

  private static Stream<Class<?>> kinds(Class<?> type) {
    return type.isSealed()
        ? Arrays.stream(type.getPermittedSubclasses()).flatMap(PrimitivesTest::kinds)
        : Stream.of(type);
  }
}
