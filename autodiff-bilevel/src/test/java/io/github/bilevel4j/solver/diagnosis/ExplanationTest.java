package io.github.bilevel4j.solver.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.DeviceInfo;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.ForwardingEngine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.Automatic;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ExplanationTest {
  private static final int N = 400;
  private static final int D = 20;

  private final Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  private final Expr w = Expr.variable("w", Shape.of(D, 1), Initializer.zeros());
  private final Expr logWeight = Expr.variable("log weight", Shape.of(D, 1), Initializer.zeros());
  private final Expr scale = Expr.variable("scale", Array.scalar(1));

  @AfterEach
  void close() {
    engine.close();
  }

  private BilevelProblem problem(int steps, HypergradientEstimator hypergradient) {
    Expr samples = Expr.input("samples", N, D);
    Expr training = samples.matmul(w).minus(1).tanh().squared().mean();
    return Bilevel.problem("ridge")
        .inner(Variables.of(w))
        .minimize(
            Objective.of("training", training)
                .plus("penalty", 0.5, logWeight.exp().dot(w.squared())))
        .solvedBy(steps, Sgd.rate(0.1))
        .outer(Variables.of(logWeight, scale))
        .minimize(
            Objective.of("validation", training).plus("scale", w.squared().sum().times(scale)))
        .steppedBy(Adam.rate(0.1))
        .differentiatedBy(hypergradient);
  }

  private Explanation explain(int steps, HypergradientEstimator hypergradient) {
    return BilevelSolver.of(problem(steps, hypergradient), engine).explain();
  }

  @Test
  void aPage() {
    Explanation explanation =
        explain(5, Implicit.by(ConjugateGradient.steps(10)).damping(0.01).iterationsPerRun(1));
    assertThat(
            explanation
                .toString()
                .replaceAll("\\d+\\.\\d\\d s\n", "T s\n")
                .replaceAll("(nodes +)\\d+", "$1N")
                .replaceAll("\\(\\d+ threads?\\)", "(2 threads)"))
        .isEqualTo(
            """
            "ridge" on cpu (2 threads), FLOAT64
              levels
                outer                    log weight, scale (2 variables, 21 parameters); + validation + scale; Adam, rate 0.1
                inner                    w (1 variable, 20 parameters); + training + 0.5 penalty; 5 x SGD, rate 0.1, going on from the last
              coupling
                log weight               in the inner gradient
                scale                    in the outer objective
              hypergradient
                method                   implicit, conjugate gradient, at most 10 iterations, tolerance 1.0E-10, damping 0.01
                formula                  dF/dtheta - d/dtheta <dG/dphi, v>, (H + 0.01 I) v = dF/dphi, at the inner solution
              operations of a step, in inner gradients
                inner steps              5.0
                linear solve             11
                hypergradient and step   1.5
                total                    18
              memory
                variables                0.000313 MiB
                state of the solvers     0.00114 MiB
                kept for the solve       0.0708 MiB
                intermediate, at most    0.0330 MiB
                total                    0.105 MiB
              programs
                number                   7
                nodes                    N
                compiled in              T s
            """);
  }

  @Test
  void allLevels() {
    Expr y = Expr.variable("y", Array.vector(0, 0));
    Expr z = Expr.variable("z", Array.vector(0, 0, 0));
    Expr u = Expr.variable("u", Array.scalar(0));
    BilevelProblem four =
        Bilevel.problem("four")
            .inner(Variables.of(z))
            .minimize(Objective.of("depth", z.minus(y.sum()).squared().sum()))
            .solvedBy(2, Sgd.rate(0.2))
            .under(Variables.of(y))
            .minimize(
                Objective.of("fit", y.minus(z.sum()).minus(w.sum()).squared().sum())
                    .plus("size", 0.1, y.dot(y)))
            .solvedBy(3, Sgd.rate(0.1))
            .under(Variables.of(w))
            .minimize(Objective.of("training", w.minus(y.sum().times(scale)).squared().sum()))
            .solvedBy(5, Sgd.rate(0.1))
            .and(Variables.of(u))
            .minimize(Objective.of("side", u.minus(scale).squared()))
            .startingAt(Vector.of(ImmutableMap.of("u", Expr.constant(1))))
            .solvedBy(4, Adam.rate(0.1))
            .outer(Variables.of(scale))
            .minimize(Objective.of("validation", w.sum().times(u)).minus("y", 0.5, y.sum()))
            .steppedBy(Adam.rate(0.1))
            .differentiatedBy(Implicit.by(ConjugateGradient.steps(10)));
    Explanation explanation = BilevelSolver.of(four, engine).explain();
    assertThat(explanation.levels().entrySet())
        .extracting(level -> level.getKey() + ": " + level.getValue())
        .containsExactly(
            "outer: scale (1 variable, 1 parameter); + validation - 0.5 y; Adam, rate 0.1",
            "inner, 1 of 2: w (1 variable, 20 parameters); + training; 5 x SGD, rate 0.1,"
                + " going on from the last",
            "inner, 2 of 2: u (1 variable, 1 parameter); + side; 4 x Adam, rate 0.1,"
                + " from a given point",
            "lower 1: y (1 variable, 2 parameters); + fit + 0.1 size; 3 x SGD, rate 0.1,"
                + " going on from the last",
            "lower 2: z (1 variable, 3 parameters); + depth; 2 x SGD, rate 0.2,"
                + " going on from the last");
    assertThat(explanation.bytes().get("variables")).isEqualTo(8.0 * (1 + D + 1 + 2 + 3));
  }

  @Test
  void costsAddUp() {
    Explanation ten = explain(5, Implicit.by(ConjugateGradient.steps(10)));
    Explanation twenty = explain(5, Implicit.by(ConjugateGradient.steps(20)));
    double product =
        (twenty.gradients().get("linear solve") - ten.gradients().get("linear solve")) / 10;
    assertThat(product).isBetween(0.9, 2.2);
    assertThat(ten.gradients().get("inner steps")).isCloseTo(5, within(0.5));
    Explanation together = explain(5, Implicit.by(ConjugateGradient.steps(10)).iterationsPerRun(4));
    assertThat(together.gradients().get("linear solve"))
        .isCloseTo(ten.gradients().get("linear solve"), within(0.2));
  }

  @Test
  void unrolledCostsGrowWithTheSteps() {
    double two = explain(2, Unrolled.exact()).totalGradients();
    double twelve = explain(12, Unrolled.exact()).totalGradients();
    assertThat((twelve - two) / 10).isBetween(1.5, 4.0);
    double firstOrder = explain(12, Unrolled.firstOrder()).totalGradients();
    assertThat(firstOrder).isLessThan(0.6 * twelve);
  }

  /** Each step is made once more, in segments of any length. */
  @Test
  void checkpointsCostAnInnerGradientMore() {
    double exact = explain(12, Unrolled.exact()).totalGradients();
    for (int segment : new int[] {1, 5, 12}) {
      double recomputed = explain(12, Unrolled.exact().checkpointed(segment)).totalGradients();
      assertThat(recomputed - exact).as("segments of " + segment).isBetween(8.0, 15.0);
    }
  }

  @Test
  void theReasonOfAnAutomaticChoice() {
    assertThat(explain(5, Implicit.by(Automatic.symmetric())).why())
        .containsExactly(Automatic.symmetric().reasonFor(D).orElseThrow());
  }

  @Test
  void keptMemoryIsThatOfTheSamples() {
    Explanation explanation = explain(5, Implicit.by(ConjugateGradient.steps(10)));
    double samples = 8.0 * N * D;
    assertThat(explanation.bytes().get("kept for the solve")).isBetween(samples, 3 * samples);
    assertThat(explanation.bytes().get("variables")).isEqualTo(8.0 * (2 * D + 1));
  }

  @Test
  void memoryBeyondTheDevices() {
    Engine small = new SmallDevice(engine, 50_000);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> BilevelSolver.of(problem(5, Implicit.by(ConjugateGradient.steps(10))), small))
        .withMessage(
            """
            solve "ridge": the variables need 0.0718 MiB, and the device has 0.0477 MiB.
              device            gpu:0 (a small one)
              largest variable  ridge/primal/0 [400, 20]
            Maybe a smaller batch, Precision.FLOAT32, or an estimator that keeps less was meant; explain() of a smaller problem tells what is kept.""");
    assertThat(
            BilevelSolver.of(
                    problem(5, Implicit.by(ConjugateGradient.steps(10))),
                    new SmallDevice(engine, 1_000_000))
                .explain()
                .totalBytes())
        .isLessThan(1e6);
  }

  /** An engine whose device says that it has so much memory. */
  private static final class SmallDevice extends ForwardingEngine {
    private final long bytes;

    SmallDevice(Engine engine, long bytes) {
      super(engine);
      this.bytes = bytes;
    }

    @Override
    public DeviceInfo device() {
      return new DeviceInfo(Device.gpu(0), "a small one", bytes);
    }
  }
}
