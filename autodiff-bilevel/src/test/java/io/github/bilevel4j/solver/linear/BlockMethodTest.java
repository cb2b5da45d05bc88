package io.github.bilevel4j.solver.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

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
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.step.MicroBatches;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Several directions at once are those one by one. */
class BlockMethodTest {
  private static final int SAMPLES = 6;
  private static final Expr FEATURES = Expr.input("features", SAMPLES, 5);
  private static final Expr MATRIX = Expr.variable("W", Shape.of(5, 3), Initializer.normal(1, 1));
  private static final Expr BIAS = Expr.variable("b", Shape.of(3), Initializer.normal(1, 2));
  private static final Vector PHI = Variables.of(MATRIX, BIAS).vector();
  private static final Expr FILTER =
      Expr.variable("filter", Shape.of(2, 2, 1, 2), Initializer.normal(1, 3));

  private final Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);

  @AfterEach
  void close() {
    engine.close();
  }

  private static LinearOperator hessian(Expr loss, Vector point) {
    Vector gradient = Derivatives.gradient(loss, point);
    return v -> Derivatives.vjp(gradient, point, v);
  }

  /** Softmax regression, the sum over samples divided by their number, with weight decay. */
  private static Expr regression() {
    Expr scores = FEATURES.matmul(MATRIX).plus(BIAS);
    Expr loss = scores.exp().sum(1).log().minus(scores.slice(1, 0, 1).reshape(-1)).mean();
    return loss.plus(PHI.squaredNorm().times(0.1));
  }

  /** {@code I - 0.5 J} for a map with the Jacobian J, which is not symmetric. */
  private static LinearOperator fixedPoint() {
    Expr state = Expr.concat(0, MATRIX, BIAS.unsqueezed(0));
    Expr turned = state.sin().times(Expr.range(18).reshape(6, 3)).matmul(state.columnGram().cos());
    Vector map = PHI.unflattened(turned.reshape(-1).times(0.05));
    return LinearOperator.of(
        v -> v.minus(Derivatives.vjp(map, PHI, v)), v -> v.minus(Derivatives.jvp(map, PHI, v)));
  }

  private static Expr convolution() {
    Expr image = Expr.constant(Array.fill(Shape.of(1, 4, 4, 1), i -> Math.sin(1 + i)));
    Expr y = image.conv2d(FILTER, 1, 1).tanh();
    return y.squared().sum().plus(FILTER.squared().sum());
  }

  private static Vector filter() {
    return Variables.of(FILTER).vector();
  }

  private record Case(String name, LinearOperator operator, Vector point, LinearSolver method) {
    @Override
    public String toString() {
      return name + ", " + method.description();
    }
  }

  static Stream<Case> cases() {
    LinearOperator ofFilter = hessian(convolution(), filter());
    return Stream.of(
        new Case("softmax", hessian(regression(), PHI), PHI, DirectSolver.cholesky()),
        new Case("softmax", hessian(regression(), PHI), PHI, DirectSolver.lu()),
        new Case("softmax", hessian(regression(), PHI), PHI, Nystrom.rank(8).damping(0.3)),
        new Case("damped", hessian(regression(), PHI).plus(0.5), PHI, DirectSolver.cholesky()),
        new Case("fixed point", fixedPoint(), PHI, DirectSolver.lu()),
        new Case("convolution", ofFilter, filter(), DirectSolver.cholesky()),
        new Case("convolution", ofFilter, filter(), DirectSolver.lu()),
        new Case("convolution", ofFilter, filter(), Nystrom.rank(5).damping(0.3)));
  }

  private record Solved(SolveReport report, Vector like, ImmutableMap<String, Array> solution) {
    void assertSame(Solved other) {
      assertThat(report.iterations()).isEqualTo(other.report.iterations());
      assertThat(report.smallestCurvature().isPresent())
          .isEqualTo(other.report.smallestCurvature().isPresent());
      report
          .smallestCurvature()
          .ifPresent(
              curvature ->
                  assertThat(curvature)
                      .isCloseTo(
                          other.report.smallestCurvature().getAsDouble(),
                          within(1e-12 * Math.abs(curvature))));
      for (String name : like.components().keySet()) {
        double[] expected = other.solution.get(name).toDoubles();
        double[] got = solution.get(name).toDoubles();
        for (int i = 0; i < expected.length; i++) {
          assertThat(got[i]).isCloseTo(expected[i], within(1e-12 * (1 + Math.abs(expected[i]))));
        }
      }
    }
  }

  private static Feed feed(int first, int samples) {
    return Feed.of(
        FEATURES, Array.fill(Shape.of(samples, 5), i -> Math.cos(7.0 * (first * 5 + i))));
  }

  private static Solved solve(Case given, OptionalInt perRun, Engine engine, Feed feed) {
    Vector right = given.point().map(c -> c.cos().plus(0.1));
    LinearSolve solve =
        new LinearSolve(
            new SolveReport.Context("s", SolveReport.Operator.HESSIAN, 0),
            given.method(),
            LinearSystem.of(given.operator(), right),
            perRun,
            engine);
    Program begin = solve.begin(Step.named("begin"));
    SolveReport report = solve.run(begin.run(feed.limitedTo(begin)), feed);
    Program read = engine.compile(Step.named("read").outputs(solve.solution().components()));
    return new Solved(report, right, read.run().all());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void allSizesAreAlike(Case given) {
    Solved byColumn = solve(given, OptionalInt.of(1), engine, feed(0, SAMPLES));
    for (OptionalInt perRun : List.of(OptionalInt.empty(), OptionalInt.of(4), OptionalInt.of(7))) {
      solve(given, perRun, engine, feed(0, SAMPLES)).assertSame(byColumn);
    }
  }

  /** A product accumulated over micro-batches reads its argument by way of a variable. */
  @ParameterizedTest
  @MethodSource("cases")
  void microBatchesAreTheWholeBatch(Case given) {
    Engine parts = MicroBatches.on(engine);
    LinearOperator mean = v -> parts.batchMean(v, given.operator()::times);
    Case accumulated = new Case("parts", mean.plus(0.2), given.point(), given.method());
    Feed whole = feed(0, SAMPLES);
    Feed twice = Feed.microBatches(List.of(whole, whole));
    Solved expected =
        solve(
            new Case("whole", given.operator().plus(0.2), given.point(), given.method()),
            OptionalInt.of(1),
            engine,
            whole);
    solve(accumulated, OptionalInt.empty(), parts, twice).assertSame(expected);
    solve(accumulated, OptionalInt.of(4), parts, twice).assertSame(expected);
  }

  private static int atOnce(LinearOperator operator, Vector point, Engine engine) {
    return new BatchedOperator(operator, point, engine::argumentOfMean).atOnce();
  }

  @Test
  void whatIsOneBatch() {
    LinearOperator hessian = hessian(regression(), PHI);
    assertThat(atOnce(hessian, PHI, engine)).isGreaterThan(1000);
    assertThat(atOnce(fixedPoint(), PHI, engine)).isGreaterThan(1000);
    assertThat(atOnce(hessian(convolution(), filter()), filter(), engine)).isEqualTo(1);
    Engine parts = MicroBatches.on(engine);
    LinearOperator mean = v -> parts.batchMean(v, hessian::times);
    assertThat(atOnce(mean.plus(1), PHI, parts)).isEqualTo(1);
  }

  /** Ten million numbers for each product: six products are below the bound, seven above. */
  @Test
  void memoryBoundsABatch() {
    Expr large = Expr.range(10_000_000);
    LinearOperator operator =
        v -> v.map(c -> c.times(c.times(v.flattened().sum().times(large).exp().sum())));
    assertThat(atOnce(operator, PHI, engine)).isEqualTo(6);
  }

  /** The columns are one node, and the Hessian's own values exist once. */
  @Test
  void aRunHasOneBatchOfProducts() {
    BatchedOperator operator =
        new BatchedOperator(hessian(regression(), PHI), PHI, engine::argumentOfMean);
    LinearSystem system = LinearSystem.of(operator, PHI);
    int few = size(system.timesRows(Expr.input("rows", 2, 18)));
    assertThat(size(system.timesRows(Expr.input("rows", 18, 18)))).isEqualTo(few);
  }

  private static int size(Expr expression) {
    return Iterables.size(Expr.nodesOf(List.of(expression)));
  }

  /** What is wrong is told of the direction and with the curvature that one column finds. */
  @ParameterizedTest
  @MethodSource("wrong")
  void aBreakdownWithinABlock(TestSystem system, DirectSolver method, int direction) {
    String expected = failure(system, method, OptionalInt.of(1));
    assertThat(expected).contains("along direction " + direction);
    for (OptionalInt perRun : List.of(OptionalInt.empty(), OptionalInt.of(4))) {
      assertThat(failure(system, method, perRun)).isEqualTo(expected);
    }
  }

  static Stream<Arguments> wrong() {
    double[] right = {1, 2, 3, 4, 5, 6};
    double[][] flat = TestSystem.definite(1, 6).matrix();
    for (int i = 0; i < 6; i++) {
      flat[i][4] = flat[i][1] - 2 * flat[i][3];
    }
    double[][] negative = TestSystem.definite(2, 6).matrix();
    negative[2][2] = -1;
    double[][] singular = new double[6][6];
    for (int i = 0; i < 6; i++) {
      singular[i][i] = i == 5 ? 0 : i + 1;
    }
    return Stream.of(
        Arguments.of(new TestSystem(flat, right), DirectSolver.lu(), 5),
        Arguments.of(new TestSystem(singular, right), DirectSolver.lu(), 6),
        Arguments.of(new TestSystem(singular, right), DirectSolver.cholesky(), 6),
        Arguments.of(new TestSystem(negative, right), DirectSolver.cholesky(), 3));
  }

  private String failure(TestSystem system, DirectSolver method, OptionalInt perRun) {
    Expr matrix = Expr.constant(system.matrixArray());
    Vector point = Vector.of(ImmutableMap.of("x", Expr.constant(TestSystem.array(system.right()))));
    LinearOperator operator = v -> v.map(c -> matrix.matmul(c.unsqueezed(-1)).reshape(-1));
    String[] message = new String[1];
    assertThatExceptionOfType(BreakdownException.class)
        .isThrownBy(() -> solve(new Case("", operator, point, method), perRun, engine, Feed.none()))
        .satisfies(e -> message[0] = e.getMessage());
    return message[0];
  }
}
