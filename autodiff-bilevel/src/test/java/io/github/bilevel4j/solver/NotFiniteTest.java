package io.github.bilevel4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Box;
import io.github.bilevel4j.optimizer.Clipped;
import io.github.bilevel4j.optimizer.Lars;
import io.github.bilevel4j.optimizer.Projected;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.run.DivergedException;
import io.github.bilevel4j.run.MetricsListener;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.estimator.F2sa;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.step.MicroBatches;
import io.github.bilevel4j.solver.step.NotFiniteException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A step that meets a number that is not finite names it and leaves all variables, the optimizers'
 * memory and the warm-started adjoint included, bit by bit as they were: a good step afterwards is
 * the one that would have been made without the bad one.
 */
class NotFiniteTest {
  private final Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  private final Expr rate = Expr.input("rate");
  private final Expr outside = Expr.input("outside");
  private final Expr beside = Expr.input("beside");
  private final Expr w = Expr.variable("w", Array.vector(1, 2));
  private final Expr x = Expr.variable("x", Array.vector(0.5, 0.25));
  private final Expr mean = Expr.variable("running mean", Array.vector(3, 4));

  @AfterEach
  void close() {
    engine.close();
  }

  /** Each of three numbers fed, one by default, spoils the step in a place of its own. */
  private BilevelProblem problem(HypergradientEstimator hypergradient) {
    return Bilevel.problem("spoilt")
        .inner(Variables.of(w))
        .minimize(
            Objective.of("bowl", w.squared().sum().times(rate))
                .plus("slope", w.minus(x).exp().sum()))
        .solvedBy(3, Sgd.rate(0.1).momentum(0.5))
        .outer(Variables.of(x))
        .minimize(Objective.of("size", w.squared().sum().dividedBy(outside)))
        .steppedBy(Adam.rate(0.1))
        .differentiatedBy(hypergradient)
        .updating(List.of(new Update(mean, mean.times(0.9).plus(w.dividedBy(beside)))));
  }

  private Feed feed(double r, double o, double b) {
    return Feed.of(rate, Array.scalar(r))
        .and(outside, Array.scalar(o))
        .and(beside, Array.scalar(b));
  }

  @Test
  void implicit() {
    leavesNoTrace(Implicit.by(ConjugateGradient.steps(2)).warmStarted(true), AT_A_STEP);
  }

  @Test
  void implicitWithAnErrorEstimate() {
    leavesNoTrace(
        Implicit.by(ConjugateGradient.steps(2)).warmStarted(true).errorEstimated(true), AT_A_STEP);
  }

  @Test
  void fixedPoint() {
    leavesNoTrace(FixedPoint.terms(3).warmStarted(true), AT_A_STEP);
  }

  @Test
  void unrolled() {
    leavesNoTrace(Unrolled.exact(), "outer step: \"outer/size\" is NaN.\n" + ADVICE);
  }

  /** The slope of {@code |x|} at zero written as a root: all terms are finite. */
  @Test
  void onlyTheHypergradient() {
    engine.write(x, Array.vector(0, 1));
    BilevelProblem problem =
        Bilevel.problem("root")
            .inner(Variables.of(w))
            .minimize(Objective.of("bowl", w.minus(x).squared().sum()))
            .solvedBy(1, Sgd.rate(0.1))
            .outer(Variables.of(x))
            .minimize(
                Objective.of("size", w.squared().sum()).plus("root", x.squared().sqrt().sum()))
            .steppedBy(Sgd.rate(0.1))
            .differentiatedBy(Unrolled.exact());
    BilevelSolver solver = BilevelSolver.of(problem, engine);
    String message = "\"hypergradient of x\" is NaN.\n" + ADVICE;
    refuses(solver, Feed.none(), "outer step: " + message);
    assertThatExceptionOfType(NotFiniteException.class)
        .isThrownBy(() -> solver.hypergradient(Feed.none()))
        .withMessage("hypergradient: " + message);
  }

  @Test
  void theNormOfWhatIsNotANumberIsNone() {
    Variables v = Variables.of(Expr.variable("v", Array.vector(1, Double.NaN)));
    Expr zero = Expr.constant(0);
    ImmutableMap<String, Array> values =
        engine
            .compile(
                Step.named("norms")
                    .output("norm", v.vector().norm())
                    .output("zero", zero.guardedSqrt())
                    .output("below", zero.minus(1).guardedSqrt()))
            .run()
            .all();
    assertThat(values.get("norm").scalarValue()).isNaN();
    assertThat(values.get("zero").scalarValue()).isZero();
    assertThat(values.get("below").scalarValue()).isZero();
  }

  /** A hypergradient by itself leaves no trace either. */
  @Test
  void hypergradient() {
    for (HypergradientEstimator estimator :
        List.of(Unrolled.exact(), Implicit.by(ConjugateGradient.steps(2)), F2sa.multiplier(3))) {
      engine.write(w, Array.vector(1, 2));
      BilevelSolver solver = BilevelSolver.of(problem(estimator), engine);
      assertThatExceptionOfType(NotFiniteException.class)
          .as(estimator.description())
          .isThrownBy(() -> solver.hypergradient(feed(1, 0, 1)))
          .satisfies(e -> assertThat(e.term()).isEqualTo("outer/size"));
      assertThat(engine.read(w)).isEqualTo(Array.vector(1, 2));
      assertThat(solver.hypergradient(feed(1, 1, 0)).get("x").toDoubles())
          .isNotEmpty()
          .doesNotContain(Double.NaN, Double.POSITIVE_INFINITY);
    }
  }

  /** Everything but the outer optimizer's rate is finite. */
  @Test
  void outerStepOfInfiniteLength() {
    BilevelProblem problem =
        Bilevel.problem("long")
            .inner(Variables.of(w))
            .minimize(Objective.of("bowl", w.minus(x).squared().sum()))
            .solvedBy(1, Sgd.rate(0.1))
            .outer(Variables.of(x))
            .minimize(Objective.of("size", w.squared().sum()))
            .steppedBy(Sgd.rate(step -> step.sqrt().reciprocal()))
            .differentiatedBy(Unrolled.exact());
    BilevelSolver solver = BilevelSolver.of(problem, engine);
    refuses(solver, Feed.none(), "outer step: \"update of x\" is -Infinity.\n" + ADVICE);
  }

  /** Whatever ends the stream of the inner steps' feeds. */
  @Test
  void aStreamThatEnds() {
    for (HypergradientEstimator estimator :
        List.of(
            Implicit.by(ConjugateGradient.steps(2)),
            Unrolled.exact().checkpointed(1),
            F2sa.multiplier(3))) {
      engine.write(w, Array.vector(1, 2));
      BilevelSolver solver = BilevelSolver.of(problem(estimator), engine);
      Iterator<Feed> feeds = List.of(Feed.none(), Feed.none()).iterator();
      assertThatExceptionOfType(NoSuchElementException.class)
          .isThrownBy(() -> solver.step(feed(1, 1, 1), feeds::next));
      assertThat(engine.read(w)).as(estimator.description()).isEqualTo(Array.vector(1, 2));
    }
  }

  private static final String ADVICE = "  data  finite";
  private static final String AT_A_STEP = "inner step 2: \"inner/bowl\" is Infinity.\n" + ADVICE;

  /**
   * Bad steps among good ones: these are those of a solver that sees no others.
   *
   * @param inside the message when the inner steps diverge
   */
  private void leavesNoTrace(HypergradientEstimator estimator, String inside) {
    List<Array> expected = good(BilevelSolver.of(problem(estimator), engine), 4);
    engine.write(
        ImmutableMap.of(
            w, Array.vector(1, 2), x, Array.vector(0.5, 0.25), mean, Array.vector(3, 4)));
    BilevelSolver solver = BilevelSolver.of(problem(estimator), engine);
    List<Array> states = good(solver, 2);
    refuses(solver, feed(1e200, 1, 1), inside);
    refuses(solver, feed(1, 0, 1), "outer/size");
    refuses(
        solver, feed(1, 1, 0), "outer step: \"update of running mean\" is -Infinity.\n" + ADVICE);
    states.addAll(good(solver, 2));
    assertThat(states).isEqualTo(expected);
  }

  private List<Array> good(BilevelSolver solver, int steps) {
    List<Array> states = new ArrayList<>();
    for (int k = 0; k < steps; k++) {
      solver.step(feed(1, 1, 1));
      states.addAll(engine.read(List.of(w, x, mean)).values());
    }
    return states;
  }

  private void refuses(BilevelSolver solver, Feed bad, String message) {
    ImmutableMap<Expr, Array> before = engine.read(List.of(w, x, mean));
    assertThatExceptionOfType(NotFiniteException.class)
        .isThrownBy(() -> solver.step(bad))
        .satisfies(
            e -> {
              assertThat(e.getMessage()).contains(message);
              assertThat(e.getMessage()).contains("\"" + e.term() + "\"");
              assertThat(e.measurements()).containsKey(e.term()).doesNotContainKey("updates");
            });
    assertThat(engine.read(List.of(w, x, mean))).isEqualTo(before);
  }

  /** Term and total are one number, twice which is more than single precision has. */
  @Test
  void numbersWhoseSumIsTooLargeAreFinite() {
    try (Engine single = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
      Expr v = Expr.variable("v", Array.scalar(0x1p63));
      SingleLevelSolver solver =
          SingleLevelSolver.of(
              SingleLevel.problem("large")
                  .over(Variables.of(v))
                  .minimize(Objective.of("bowl", v.squared().times(2)))
                  .steppedBy(Sgd.rate(0.125)),
              single);
      assertThat(solver.step(Feed.none())).containsEntry("total", 0x1p127);
      assertThat(single.read(List.of(v)).get(v)).isEqualTo(Array.scalar(0x1p62));
    }
  }

  @Test
  void trainingRecordsItAndStops() {
    BilevelSolver solver =
        BilevelSolver.of(problem(Implicit.by(ConjugateGradient.steps(2))), engine);
    List<ImmutableMap<String, Double>> heard = new ArrayList<>();
    assertThatExceptionOfType(DivergedException.class)
        .isThrownBy(
            () ->
                Training.named("t")
                    .hook((MetricsListener) (step, measured) -> heard.add(measured))
                    .run(solver, 5, k -> feed(1, k == 2 ? 0 : 1, 1)))
        .withMessage(
            """
            training "t": "outer/size" is Infinity at step 2.
              data  finite""");
    assertThat(heard).hasSize(3);
    assertThat(heard.get(2)).containsEntry("outer/size", Double.POSITIVE_INFINITY);
  }

  /** An infinite curvature, where gradient and right side are finite. */
  @Test
  void inTheLinearSolve() {
    Expr y = Expr.variable("y", Array.vector(0, 0));
    Expr z = Expr.variable("z", Array.vector(0, 0));
    BilevelProblem problem =
        Bilevel.problem("root")
            .inner(Variables.of(y))
            .minimize(
                Objective.of("bowl", y.minus(z).squared().sum()).plus("root", y.pow(1.5).sum()))
            .presolved()
            .outer(Variables.of(z))
            .minimize(Objective.of("target", y.minus(1).squared().sum()))
            .steppedBy(Adam.rate(0.1))
            .differentiatedBy(Implicit.by(ConjugateGradient.steps(2)));
    BilevelSolver solver = BilevelSolver.of(problem, engine);
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> solver.step(Feed.none()))
        .withMessage(
            """
            linear solve for "root": a product with the operator is not finite.
              method            conjugate gradient, at most 2 iterations, tolerance 1.0E-10
              after iterations  1
            Maybe a second derivative is not finite at the inner solution, like that of a square root or of a norm at zero: guardedSqrt() or adding a small number helps.""");
    assertThat(engine.read(z)).isEqualTo(Array.vector(0, 0));
  }

  /** {@code ||w rate||^2 + sum of exp(w - x) / outside}, with a running mean beside it. */
  private SingleLevelSolver single(Optimizer optimizer, Engine on) {
    return SingleLevelSolver.of(
        new SingleLevelProblem(
                "single",
                Variables.of(w, x),
                Objective.of("bowl", w.times(rate).squared().sum())
                    .plus("slope", w.minus(x).exp().sum().dividedBy(outside)),
                optimizer,
                ImmutableList.of())
            .updating(List.of(new Update(mean, mean.times(0.9).plus(w.dividedBy(beside))))),
        on);
  }

  static Stream<Optimizer> optimizers() {
    return Stream.of(
        Sgd.rate(0.1).momentum(0.9),
        Adam.rate(0.1),
        Clipped.norm(1, Adam.rate(0.1)),
        Projected.onto(Box.between(-3, 3), Sgd.rate(0.1).momentum(0.5)),
        Lars.solo(0.1));
  }

  /** A bad step among good ones leaves all bits, the optimizer's memory included. */
  @ParameterizedTest
  @MethodSource("optimizers")
  void singleLevel(Optimizer optimizer) {
    List<Array> expected = goodSingle(single(optimizer, engine), 4);
    engine.write(
        ImmutableMap.of(
            w, Array.vector(1, 2), x, Array.vector(0.5, 0.25), mean, Array.vector(3, 4)));
    SingleLevelSolver solver = single(optimizer, engine);
    List<Array> states = goodSingle(solver, 2);
    refusesSingle(
        solver,
        feed(Double.NaN, 1, 1),
        "bowl",
        "step of \"single\": \"bowl\" is NaN.\n  data  not finite: rate");
    refusesSingle(
        solver, feed(1e200, 1, 1), "bowl", "step of \"single\": \"bowl\" is Infinity.\n" + ADVICE);
    refusesSingle(
        solver, feed(1, 0, 1), "slope", "step of \"single\": \"slope\" is Infinity.\n" + ADVICE);
    refusesSingle(
        solver,
        feed(1, 1, 0),
        "update of running mean",
        "step of \"single\": \"update of running mean\" is ");
    states.addAll(goodSingle(solver, 2));
    assertThat(states).isEqualTo(expected);
  }

  private List<Array> goodSingle(SingleLevelSolver solver, int steps) {
    List<Array> states = new ArrayList<>();
    for (int k = 0; k < steps; k++) {
      assertThat(solver.step(feed(0.5, 1, 1)).keySet()).containsExactly("bowl", "slope", "total");
      states.addAll(engine.read(List.of(w, x, mean)).values());
    }
    return states;
  }

  private void refusesSingle(SingleLevelSolver solver, Feed bad, String term, String message) {
    ImmutableMap<Expr, Array> before = engine.read(List.of(w, x, mean));
    assertThatExceptionOfType(NotFiniteException.class)
        .isThrownBy(() -> solver.step(bad))
        .satisfies(
            e -> {
              assertThat(e.term()).isEqualTo(term);
              assertThat(e.getMessage()).startsWith(message);
            });
    assertThat(engine.read(List.of(w, x, mean))).isEqualTo(before);
  }

  /** A box, or clipping, would make a finite step of an infinite slope. */
  @Test
  void onlyTheGradientOfASingleLevel() {
    for (Optimizer optimizer : optimizers().toList()) {
      engine.write(x, Array.vector(0, 1));
      SingleLevelSolver solver =
          SingleLevelSolver.of(
              new SingleLevelProblem(
                  "root",
                  Variables.of(x),
                  Objective.of("root", x.abs().sqrt().sum()).plus("norm", x.squared().sqrt().sum()),
                  optimizer,
                  ImmutableList.of()),
              engine);
      assertThatExceptionOfType(NotFiniteException.class)
          .as(optimizer.description())
          .isThrownBy(() -> solver.step(Feed.none()))
          .satisfies(e -> assertThat(e.term()).isEqualTo("gradient of x"));
      assertThat(engine.read(x)).isEqualTo(Array.vector(0, 1));
    }
  }

  /** One of two micro-batches is bad. */
  @Test
  void singleLevelInMicroBatches() {
    SingleLevelSolver solver = single(Adam.rate(0.1), MicroBatches.on(engine));
    Feed good = feed(0.5, 1, 1);
    Array before = engine.read(w);
    assertThatExceptionOfType(NotFiniteException.class)
        .isThrownBy(() -> solver.step(Feed.microBatches(List.of(good, feed(Double.NaN, 1, 1)))))
        .withMessage("step of \"single\": \"bowl\" is NaN.\n  data  not finite: rate");
    assertThat(engine.read(w)).isEqualTo(before);
    solver.step(Feed.microBatches(List.of(good, good)));
    assertThat(engine.read(w)).isNotEqualTo(before);
    for (double each : engine.read(w).toDoubles()) {
      assertThat(each).isFinite();
    }
  }

  /** Several steps of one run. */
  @Test
  void stepsAtOnce() {
    for (HypergradientEstimator estimator :
        List.of(Unrolled.exact(), Implicit.by(ConjugateGradient.steps(2)))) {
      BilevelSolver solver = BilevelSolver.of(problem(estimator), engine);
      ImmutableMap<Expr, Array> before = engine.read(List.of(w, x, mean));
      assertThatExceptionOfType(NotFiniteException.class)
          .as(estimator.description())
          .isThrownBy(() -> solver.steps(feed(Double.NaN, 1, 1), 3))
          .satisfies(e -> assertThat(e.getMessage()).contains("not finite: rate"));
      assertThat(engine.read(List.of(w, x, mean))).isEqualTo(before);
    }
  }
}
