package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
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
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a user reads when the device fails. */
class RunFailureTest {
  private static Engine engine;

  @BeforeAll
  static void open() {
    engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32);
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  @Test
  void aMatrixThatIsNotPositiveDefiniteIsNamed() {
    Expr x = Expr.variable("x", Array.matrix(new double[] {1, 2}, new double[] {2, 1}));
    Expr covariance = x.times(1).named("covariance");
    Program step =
        engine.compile(Step.named("outer").output("volume", covariance.logDeterminant()));
    assertThatThrownBy(step::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            run "outer": a matrix is not positive definite.
              cholesky of  covariance  [2, 2]
            Maybe it has infinite or undefined elements, or needs plusDiagonal(1e-6).""");
    engine.write(x, Array.matrix(new double[] {2, 1}, new double[] {1, 1}));
    assertThat(step.run().scalar("volume")).isCloseTo(0, within(1e-6));
  }

  @Test
  void oneBadMatrixOfABatchIsEnough() {
    Expr x = Expr.variable("x", Array.of(Shape.of(3, 1, 1), 1, -1, 1));
    Program step = engine.compile(Step.named("batch").output("factor", x.cholesky()));
    assertThatThrownBy(step::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            run "batch": a matrix is not positive definite.
              cholesky of  x  [3, 1, 1]
            Maybe it has infinite or undefined elements, or needs plusDiagonal(1e-6).""");
  }

  @Test
  void aSingularMatrixIsNamed() {
    Expr x = Expr.variable("x", Array.matrix(new double[] {1, 2}, new double[] {2, 4}));
    Expr matrix = x.times(1).named("hessian");
    Expr right = Expr.constant(Array.matrix(new double[] {3}, new double[] {5}));
    Program step =
        engine.compile(
            Step.named("outer")
                .output("solution", matrix.solve(right))
                .output("transposed", matrix.transposedSolve(right)));
    assertThatThrownBy(step::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            run "outer": a matrix is singular.
              solve with  hessian  [2, 2]
            Maybe it has infinite or undefined elements, or needs plusDiagonal(1e-6).""");
    engine.write(x, Array.matrix(new double[] {0, 1}, new double[] {2, 0}));
    assertThat(step.run().get("solution"))
        .isEqualTo(Array.matrix(new double[] {2.5}, new double[] {3}));
    assertThat(step.run().get("transposed"))
        .isEqualTo(Array.matrix(new double[] {5}, new double[] {1.5}));
  }

  @Test
  void oneSingularMatrixOfABatchIsEnough() {
    Expr x = Expr.variable("x", Array.of(Shape.of(3, 1, 1), 1, 0, -1));
    Program step = engine.compile(Step.named("batch").output("solution", x.solve(x)));
    assertThatThrownBy(step::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            run "batch": a matrix is singular.
              solve with  x  [3, 1, 1]
            Maybe it has infinite or undefined elements, or needs plusDiagonal(1e-6).""");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, 2, 7})
  void anIndexOutsideTheTableIsNamed(double index) {
    Expr table = Expr.variable("prototypes", Array.vector(5, 6));
    Expr indices = Expr.input("labels", 1);
    Program step = engine.compile(Step.named("look up").output("row", table.gather(indices)));
    assertThatThrownBy(() -> step.run(Feed.of(indices, Array.vector(index))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            run "look up": an index is outside 0..1.
              table    prototypes  [2]
              indices  labels      [1]
            Maybe labels or positions belong to another data set.""");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, 2, 7, 0.5, Double.NaN, Double.POSITIVE_INFINITY, -0.2})
  void aLabelThatNamesNoClassIsNamed(double label) {
    Expr labels = Expr.input("labels", 2);
    Program step = engine.compile(Step.named("classes").output("rows", labels.oneHot(2)));
    assertThatThrownBy(() -> step.run(Feed.of(labels, Array.vector(0, label))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            run "classes": an index is outside 0..1.
              indices  labels  [2]
            Maybe labels count from 1, belong to another data set, or are no whole numbers.""");
    assertThat(step.run(Feed.of(labels, Array.vector(1, 0.001))).get("rows"))
        .isEqualTo(Array.of(Shape.of(2, 2), 0, 1, 1, 0));
  }

  /** Bounds that are known of an index do not hold for what is computed of nothing, or by zero. */
  @Test
  void anIndexComputedOfNothingOrByZeroIsNamed() {
    Expr largest = Expr.constant(Array.of(Shape.of(0, 1))).max(0);
    Expr quotient = Expr.filled(0, Shape.of(1)).dividedBy(Expr.filled(0, Shape.of(1)));
    for (Expr indices : List.of(largest, quotient)) {
      Expr sums = Expr.variable("rows", Array.vector(5)).scatterAdd(indices, 2);
      Program step = engine.compile(Step.named("add up").output("sums", sums));
      assertThatThrownBy(step::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("run \"add up\": an index is outside 0..1.");
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, 3, Double.NaN})
  void anIndexThatADeviceWouldPassOverIsNamed(double index) {
    Expr indices = Expr.input("labels", 1);
    Expr sums = Expr.variable("rows", Array.vector(5)).scatterAdd(indices, 3);
    Program step = engine.compile(Step.named("add up").output("sums", sums));
    assertThatThrownBy(() -> step.run(Feed.of(indices, Array.vector(index))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("run \"add up\": an index is outside 0..2.");
  }

  @Test
  void anArrayLargerThanAnyMemoryIsNotComputed() {
    Expr x = Expr.input("x", 1);
    assertThatThrownBy(
            () ->
                engine.compile(
                    Step.named("large").output("y", x.scatterAdd(x, Shape.MAX_SIZE).named("sums"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("compile \"large\": one array needs 16383 MiB, Java has ")
        .hasMessageContaining("  array  sums  [2147483639]")
        .hasMessageEndingWith("Maybe it should be computed in parts, or a size is wrong.");
  }

  @Test
  void anIndexOutsideTheSumsIsNamed() {
    Expr indices = Expr.input("labels", 1);
    Expr sums = Expr.variable("rows", Array.vector(5)).scatterAdd(indices, 3);
    Program step = engine.compile(Step.named("add up").output("sums", sums));
    assertThatThrownBy(() -> step.run(Feed.of(indices, Array.vector(3))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            run "add up": an index is outside 0..2.
              table    scatter add(rows, labels)  [3]
              indices  labels                     [1]
            Maybe labels or positions belong to another data set.""");
  }

  @Test
  void anyOtherFailureHasTheStepAndTheExpressionInOneLine() {
    Expr product = Expr.input("x", 2, 3).matmul(Expr.input("y", 3, 2)).named("similarities");
    RuntimeException cause =
        new IllegalStateException(
            "OOM when allocating tensor with shape[2,2]\n\t [[{{node outer/similarities/MatMul}}]]");
    assertThat(
            RunFailure.of(
                "run \"outer\"", ImmutableMap.of("outer/similarities/MatMul", product), cause))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "run \"outer\": the device failed at similarities [2, 2]:"
                + " OOM when allocating tensor with shape[2,2]")
        .hasCause(cause);
  }

  @Test
  void aFailureOfUnknownOriginHasTheStep() {
    RuntimeException cause = new IllegalStateException("the device is gone\nat some address");
    assertThat(RunFailure.of("run \"outer\"", ImmutableMap.of(), cause))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("run \"outer\": the device failed: the device is gone")
        .hasCause(cause);
  }
}
