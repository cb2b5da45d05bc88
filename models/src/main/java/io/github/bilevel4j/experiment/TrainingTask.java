package io.github.bilevel4j.experiment;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.solver.Solver;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A problem over batches of images, ready to be solved.
 *
 * @param problem in a few lines
 * @param solver compiles it
 */
public record TrainingTask(
    String problem, Supplier<Solver> solver, ImmutableList<ImageInput> inputs)
    implements AutoCloseable {

  /** A problem in one level. */
  public static TrainingTask of(
      SingleLevelProblem problem, Engine engine, ImmutableList<ImageInput> inputs) {
    return new TrainingTask(
        problem.toString(),
        () -> SingleLevelSolver.of(problem, engine),
        ImageInput.neededBy(computed(Stream.of(problem.objective()), problem.updates()), inputs));
  }

  /** A problem in two levels or more. */
  public static TrainingTask of(
      BilevelProblem problem, Engine engine, ImmutableList<ImageInput> inputs) {
    Stream<InnerLevel> inner = Stream.concat(problem.lower().stream(), Stream.of(problem.inner()));
    Stream<Objective> objectives =
        Stream.concat(inner.map(InnerLevel::objective), Stream.of(problem.outer().objective()));
    return new TrainingTask(
        problem.toString(),
        () -> BilevelSolver.of(problem, engine),
        ImageInput.neededBy(computed(objectives, problem.updates()), inputs));
  }

  private static ImmutableSet<Expr> computed(Stream<Objective> objectives, List<Update> updates) {
    Stream<Expr> terms = objectives.flatMap(objective -> objective.values().values().stream());
    return Stream.concat(terms, updates.stream().map(Update::value))
        .collect(ImmutableSet.toImmutableSet());
  }

  /**
   * What a step is fed, whatever steps were fed before: it follows from the step alone, so there is
   * nothing to save or to replay.
   *
   * @throws io.github.bilevel4j.check.UsageError if an image cannot be read, naming its file
   */
  public Feed feed(int step) {
    return inputs.stream().map(input -> input.feed(step)).reduce(Feed.none(), Feed::orElse);
  }

  /** Ends the threads that read images ahead; the next feed begins them anew. */
  @Override
  public void close() {
    inputs.forEach(ImageInput::close);
  }

  /**
   * The same with its steps compiled, so that what they need is known before others run.
   *
   * @throws io.github.bilevel4j.check.UsageError if they do not fit in the engine's memory
   */
  public TrainingTask compiled() {
    Solver made = solver.get();
    return new TrainingTask(problem, () -> made, inputs);
  }

  /** The task whose steps are one of this and one of another. */
  public TrainingTask inTurnWith(TrainingTask other, String name, String otherName) {
    return new TrainingTask(
        problem + other.problem,
        () -> Alternating.between(phase(name), other.phase(otherName)),
        ImmutableList.<ImageInput>builder().addAll(inputs).addAll(other.inputs).build());
  }

  private Alternating.Phase phase(String name) {
    return new Alternating.Phase(
        name,
        solver.get(),
        inputs.stream()
            .flatMap(input -> input.inputs().stream())
            .collect(ImmutableList.toImmutableList()));
  }
}
