package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.examples.umm.Alternating;
import io.github.bilevel4j.solver.Solver;
import java.util.function.Supplier;

/**
 * A problem over batches of images, ready to be solved.
 *
 * @param problem in a few lines
 * @param solver compiles it
 */
record TrainingTask(String problem, Supplier<Solver> solver, ImmutableList<ImageInput> inputs) {

  /** What a step is fed. */
  Feed feed(int step) {
    return inputs.stream().map(input -> input.feed(step)).reduce(Feed.none(), Feed::orElse);
  }

  /** The task whose steps are one of this and one of another. */
  TrainingTask inTurnWith(TrainingTask other, String name, String otherName) {
    return new TrainingTask(
        problem + other.problem,
        () -> Alternating.between(kind(name), other.kind(otherName)),
        ImmutableList.<ImageInput>builder().addAll(inputs).addAll(other.inputs).build());
  }

  private Alternating.Phase kind(String name) {
    return new Alternating.Phase(
        name,
        solver.get(),
        inputs.stream()
            .flatMap(input -> input.inputs().stream())
            .collect(ImmutableList.toImmutableList()));
  }
}
