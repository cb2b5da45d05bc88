package io.github.bilevel4j.solver;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.OuterLevel;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.solver.linear.BreakdownException;
import io.github.bilevel4j.solver.step.NotFiniteException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * Tells of variables that have run away where a step fails: what such numbers break, a matrix or a
 * linear solve, may be far from the level whose rate made them.
 */
final class Runaway {
  /** No trained variable is as large; its square times the number of samples still is a number. */
  private static final double HUGE = 1e6;

  private final String problem;
  private final ImmutableList<Level> levels;
  private final Optional<Solution> solution;
  private final Engine engine;

  /**
   * A level.
   *
   * @param optimizer with its rate, in words
   */
  private record Level(String name, Variables variables, String optimizer) {}

  /** Where the inner steps of one outer step lead. */
  private record Solution(Level level, Vector reached) {}

  private Runaway(
      String problem, ImmutableList<Level> levels, Optional<Solution> solution, Engine engine) {
    this.problem = problem;
    this.levels = levels;
    this.solution = solution;
    this.engine = engine;
  }

  /** Of the only level of a problem. */
  static Runaway of(SingleLevelProblem problem, Engine engine) {
    Level level = new Level("training", problem.variables(), problem.optimizer().description());
    return new Runaway(problem.name(), ImmutableList.of(level), Optional.empty(), engine);
  }

  /** Of all levels of a problem, the outer one last. */
  static Runaway of(BilevelProblem problem, Vector innerSolution, Engine engine) {
    ImmutableList.Builder<Level> levels = ImmutableList.builder();
    for (int i = 0; i < problem.lower().size(); i++) {
      levels.add(level("lower level " + (i + 1), problem.lower().get(i)));
    }
    Level inner = level("inner level", problem.inner());
    OuterLevel outer = problem.outer();
    levels.add(inner, new Level("outer level", outer.variables(), outer.optimizer().description()));
    Solution solution = new Solution(inner, innerSolution);
    return new Runaway(problem.name(), levels.build(), Optional.of(solution), engine);
  }

  private static Level level(String name, InnerLevel level) {
    return new Level(name, level.variables(), level.solver());
  }

  /**
   * The failure of a step on finite data, of the same type, with the sizes of the variables if some
   * are huge or not finite, else if the inner steps lead to huge ones; else the failure itself.
   *
   * @param restore puts the variables back to where they were before the step
   */
  RuntimeException explained(RuntimeException failure, Feed feed, Runnable restore) {
    if (!isOfNumbers(failure)) {
      restore.run();
      return failure;
    }
    OptionalDouble reached = reached(feed, failure);
    restore.run();
    ImmutableMap<Level, Double> sizes = sizes();
    ImmutableList<Level> huge =
        levels.stream()
            .filter(level -> !(sizes.get(level) <= HUGE))
            .collect(ImmutableList.toImmutableList());
    if (!huge.isEmpty()) {
      return told(failure, sizes, huge);
    }
    // What is infinite may come of a term's derivative, at any rate.
    if (reached.orElse(0) > HUGE && Double.isFinite(reached.orElse(0))) {
      Level inner = solution.orElseThrow().level();
      Map<Level, Double> after = new LinkedHashMap<>(sizes);
      after.put(inner, reached.getAsDouble());
      return told(failure, after, ImmutableList.of(inner));
    }
    return failure;
  }

  private static boolean isOfNumbers(RuntimeException failure) {
    // The device's error is the cause of what is told of it.
    return failure instanceof BreakdownException
        || (failure instanceof UsageError && failure.getCause() != null)
        || (failure instanceof NotFiniteException notFinite && notFinite.dataAreFinite());
  }

  /** How large the inner solution is; empty if it cannot be computed. */
  private OptionalDouble reached(Feed feed, RuntimeException failure) {
    if (solution.isEmpty()) {
      return OptionalDouble.empty();
    }
    Step step =
        Step.named(problem + "/largest of the inner solution")
            .output("reached", largest(solution.get().reached().components().values()));
    try (Program program = engine.compile(step)) {
      return OptionalDouble.of(program.run(feed.limitedTo(program)).scalar("reached"));
    } catch (RuntimeException unknown) {
      failure.addSuppressed(unknown);
      return OptionalDouble.empty();
    }
  }

  private RuntimeException told(
      RuntimeException failure, Map<Level, Double> sizes, List<Level> huge) {
    String first = Splitter.on('\n').split(failure.getMessage()).iterator().next();
    String step = "step of \"" + problem + "\"";
    String reason = CharMatcher.is('.').trimTrailingFrom(first);
    UsageError.Message message =
        UsageError.in(step)
            .because("%s", reason.startsWith(step) ? reason.substring(step.length() + 2) : reason);
    for (Map.Entry<Level, Double> size : sizes.entrySet()) {
      message =
          message.row(
              size.getKey().name(),
              size.getKey().optimizer(),
              String.format(Locale.ROOT, "largest variable %.2g", size.getValue()));
    }
    String names = huge.stream().map(Level::name).collect(Collectors.joining(" or of the "));
    RuntimeException told =
        ofSameType(failure, message.maybe("the rate of the %s is too high.", names));
    if (failure.getCause() != null) {
      told.initCause(failure.getCause());
    }
    return told;
  }

  private static RuntimeException ofSameType(RuntimeException failure, UsageError told) {
    if (failure instanceof BreakdownException breakdown) {
      return new BreakdownException(
          told.getMessage(), breakdown.iterations(), breakdown.curvature().orElse(Double.NaN));
    }
    return failure instanceof NotFiniteException notFinite
        ? notFinite.with(told.getMessage())
        : told;
  }

  private ImmutableMap<Level, Double> sizes() {
    Step step = Step.named(problem + "/largest variables");
    for (Level level : levels) {
      step = step.output(level.name(), largest(level.variables().leaves().values()));
    }
    try (Program program = engine.compile(step)) {
      Results results = program.run();
      return levels.stream()
          .collect(
              ImmutableMap.toImmutableMap(level -> level, level -> results.scalar(level.name())));
    }
  }

  private static Expr largest(Collection<Expr> values) {
    return values.stream()
        .filter(value -> value.shape().size() > 0)
        .map(value -> value.abs().max())
        .reduce(Expr::maximum)
        .orElse(Expr.constant(0));
  }
}
