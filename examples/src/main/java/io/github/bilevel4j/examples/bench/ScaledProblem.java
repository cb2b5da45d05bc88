package io.github.bilevel4j.examples.bench;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.solver.Solver;
import io.github.bilevel4j.solver.diagnosis.StepCost;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.Locale;
import java.util.stream.IntStream;

/** What is trained by several replicas, one step. */
public enum ScaledProblem {
  /** A step of self-supervised training. */
  SIMCLR("SimCLR"),
  /** UMM through one inner step. */
  UMM("UMM, exact"),
  /** The same without its memorization term. */
  BILEVEL("UMM without memorization, exact"),
  /** UMM by conjugate gradients. */
  UMM_CG("UMM, 10 CG iterations");

  private static final int ITERATIONS = 10;

  /** A multiplication and an addition. */
  private static final int FLOP = 2;

  private final String title;

  ScaledProblem(String title) {
    this.title = title;
  }

  /** For a table. */
  public String title() {
    return title;
  }

  /** Compiled for the replica of an engine. All iterations are made, whatever the residual. */
  Solver solver(Workload workload, Engine engine) {
    Workload shared = workload.across(engine.replicas());
    return switch (this) {
      case SIMCLR -> SingleLevelSolver.of(shared.training(false), engine);
      case UMM -> BilevelSolver.of(shared.umm(Unrolled.exact()), engine);
      case BILEVEL -> BilevelSolver.of(shared.bilevel(Unrolled.exact()), engine);
      case UMM_CG ->
          BilevelSolver.of(
              shared.umm(Implicit.by(ConjugateGradient.steps(ITERATIONS).tolerance(0))), engine);
    };
  }

  /**
   * What a step needs of each replica, counted on the expressions that would be computed.
   *
   * @param part floating-point operations for its part of the batch
   * @param repeated those for the whole batch, which all make
   * @param messages by which sums over replicas are made
   * @param sent bytes of the values that are summed
   * @param held bytes of variables and of the values that exist at once
   */
  record Need(double part, double repeated, long messages, double sent, double held) {
    double flop() {
      return part + repeated;
    }
  }

  /** The need of each of so many replicas. */
  Need need(Workload workload, int replicas, Precision precision) {
    PlannedEngine engine = new PlannedEngine(replicas, precision);
    StepCost cost = cost(workload, engine);
    // Operations are part / replicas + repeated: two numbers of replicas tell both.
    int each = workload.batch() / replicas;
    int others = each > 1 ? replicas * divisor(each) : replicas / divisor(replicas);
    double other = cost(workload, new PlannedEngine(others, precision)).operations();
    double part = (cost.operations() - other) / (1 - (double) replicas / others);
    return new Need(
        FLOP * part,
        FLOP * (cost.operations() - part),
        cost.messages(),
        cost.messageElements() * precision.bytes(),
        cost.liveElements() * precision.bytes() + engine.variableBytes());
  }

  private StepCost cost(Workload workload, PlannedEngine engine) {
    return solver(workload, engine) instanceof BilevelSolver solver
        ? solver.explain().cost()
        : StepCost.of(engine.steps());
  }

  /** The smallest above one. */
  private static int divisor(int number) {
    return IntStream.rangeClosed(2, number)
        .filter(each -> number % each == 0)
        .findFirst()
        .orElseThrow();
  }

  /** The name on the command line, for instance {@code umm-cg}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
