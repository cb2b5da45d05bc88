package io.github.bilevel4j.examples.bilevel;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.examples.bench.Agreement;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.run.TrainingHook;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.Solver;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Solves a problem and compares what the solver finds with what is known: the hypergradient with
 * the derivative of {@code theta -> F(theta, phi*(theta))}, and theta with the optimum.
 */
public final class Convergence implements Solver, TrainingHook {
  private static final String VALUE = "outer objective";
  private static final String DISTANCE = "distance";
  private static final String DISTANCE_TO_OPTIMUM = "distance to optimum";
  private static final String NORM = "hypergradient norm";
  private static final String ERROR = "hypergradient error";

  private final SolvedProblem example;
  private final BilevelProblem problem;
  private final Engine engine;
  private final int steps;
  private final int every;
  private final BilevelSolver solver;
  private final Program measurement;
  private final Program derivative;
  private int step;

  /**
   * Makes so many outer steps and compares before the first, after every so many, and after the
   * last.
   *
   * @param problem the example's, with whatever inner steps and estimator
   */
  public Convergence(
      SolvedProblem example, BilevelProblem problem, int steps, int every, Engine engine) {
    this.example = example;
    this.problem = problem;
    this.engine = engine;
    this.steps = steps;
    this.every = every;
    Vector theta = problem.outerVariables().vector();
    Expr value = example.value(problem);
    Step measured = Step.named("measurement").output(VALUE, value);
    this.solver = BilevelSolver.of(problem, engine);
    this.measurement =
        engine.compile(
            example
                .outerSolution()
                .map(best -> measured.output(DISTANCE, theta.minus(best).norm()))
                .orElse(measured));
    this.derivative =
        engine.compile(
            Step.named("derivative").outputs(Derivatives.gradient(value, theta).components()));
  }

  /**
   * The state before an outer step.
   *
   * @param step counted from zero
   * @param outerObjective its value at the exact inner solution
   * @param distance of the outer variables to the optimum, if that is known
   * @param hypergradientNorm norm of the solver's hypergradient
   * @param error norm of the difference between it and the exact one
   */
  public record Row(
      int step,
      double outerObjective,
      OptionalDouble distance,
      double hypergradientNorm,
      double error) {

    /** The measurements by name. */
    public ImmutableMap<String, Double> measurements() {
      ImmutableMap.Builder<String, Double> all = ImmutableMap.builder();
      all.put(VALUE, outerObjective);
      distance.ifPresent(d -> all.put(DISTANCE_TO_OPTIMUM, d));
      return all.put(NORM, hypergradientNorm).put(ERROR, error).buildOrThrow();
    }

    /** From the measurements by name, if they are those of a comparison. */
    public static Optional<Row> of(int step, ImmutableMap<String, Double> measured) {
      return measured.containsKey(VALUE) ? Optional.of(compared(step, measured)) : Optional.empty();
    }

    private static Row compared(int step, ImmutableMap<String, Double> measured) {
      Double distance = measured.get(DISTANCE_TO_OPTIMUM);
      return new Row(
          step,
          measured.get(VALUE),
          distance == null ? OptionalDouble.empty() : OptionalDouble.of(distance),
          measured.get(NORM),
          measured.get(ERROR));
    }
  }

  /**
   * Solves.
   *
   * @param loop hears of the comparisons
   */
  public Training.Outcome run(Training loop) {
    return loop.hook(this).run(this, steps + 1, each -> Feed.none());
  }

  @Override
  public void onStepStart(int next) {
    step = next;
  }

  /** Compares, if it is time, and makes an outer step; the last one compares alone. */
  @Override
  public ImmutableMap<String, Double> step(Feed feed) {
    ImmutableMap<String, Double> measured =
        step % every == 0 || step == steps ? row().measurements() : ImmutableMap.of();
    if (step < steps) {
      solver.step(feed);
    }
    return measured;
  }

  @Override
  public Variables state() {
    return solver.state();
  }

  /** The outer variables at the end. */
  public ImmutableMap<String, Array> learned() {
    return engine.read(problem.outerVariables());
  }

  /** What they should be, if that is known. */
  public Optional<ImmutableMap<String, Array>> optimum() {
    return example
        .outerSolution()
        .map(best -> Step.named("optimum").outputs(best.components()))
        .map(best -> engine.compile(best).run().all());
  }

  private Row row() {
    Agreement agreement = Agreement.of(solver.hypergradient(Feed.none()), derivative.run().all());
    Results measured = measurement.run();
    OptionalDouble distance =
        measured.all().containsKey(DISTANCE)
            ? OptionalDouble.of(measured.scalar(DISTANCE))
            : OptionalDouble.empty();
    return new Row(step, measured.scalar(VALUE), distance, agreement.norm(), agreement.error());
  }
}
