package io.github.bilevel4j.solver;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
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
import java.util.function.DoublePredicate;
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

  /** Of the two levels of a problem, those below the inner one being a part of its objective. */
  static Runaway of(BilevelProblem problem, Vector innerSolution, Engine engine) {
    Level inner = new Level("inner level", problem.inner().variables(), problem.inner().solver());
    OuterLevel outer = problem.outer();
    return new Runaway(
        problem.name(),
        ImmutableList.of(
            inner, new Level("outer level", outer.variables(), outer.optimizer().description())),
        Optional.of(new Solution(inner, innerSolution)),
        engine);
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
    ImmutableMap<Level, Double> reached =
        solution
            .map(
                inner ->
                    sizes(
                        ImmutableMap.of(inner.level(), inner.reached().components().values()),
                        feed,
                        failure))
            .orElse(ImmutableMap.of());
    restore.run();
    ImmutableMap<Level, Double> sizes =
        sizes(Maps.toMap(levels, level -> level.variables().leaves().values()), feed, failure);
    ImmutableList<Level> huge = which(sizes, size -> !(size <= HUGE));
    if (!huge.isEmpty()) {
      return told(failure, sizes, huge);
    }
    // What is infinite may come of a term's derivative, at any rate.
    ImmutableList<Level> leading = which(reached, size -> size > HUGE && Double.isFinite(size));
    if (leading.isEmpty() || isUnbounded(failure)) {
      return failure;
    }
    Map<Level, Double> after = new LinkedHashMap<>(sizes);
    after.putAll(reached);
    return told(failure, after, leading);
  }

  private static ImmutableList<Level> which(Map<Level, Double> sizes, DoublePredicate condition) {
    return sizes.keySet().stream()
        .filter(level -> condition.test(sizes.get(level)))
        .collect(ImmutableList.toImmutableList());
  }

  private static boolean isOfNumbers(RuntimeException failure) {
    // The device's error is the cause of what is told of it.
    return failure instanceof BreakdownException
        || (failure instanceof UsageError && failure.getCause() != null)
        || (failure instanceof NotFiniteException notFinite && notFinite.dataAreFinite());
  }

  /** Whether the failure tells of negative curvature, along which steps of any rate lead away. */
  private static boolean isUnbounded(RuntimeException failure) {
    return failure instanceof BreakdownException breakdown
        && breakdown.curvature().stream().anyMatch(curvature -> curvature < 0);
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

  /** The largest value of each level; none if they cannot be computed: the failure matters. */
  private ImmutableMap<Level, Double> sizes(
      Map<Level, ? extends Collection<Expr>> values, Feed feed, RuntimeException failure) {
    Step step = Step.named(problem + "/largest values");
    for (Map.Entry<Level, ? extends Collection<Expr>> each : values.entrySet()) {
      step = step.output(each.getKey().name(), largest(each.getValue()));
    }
    try (Program program = engine.compile(step)) {
      Results results = program.run(feed.limitedTo(program));
      return Maps.toMap(values.keySet(), level -> results.scalar(level.name()));
    } catch (RuntimeException unknown) {
      failure.addSuppressed(unknown);
      return ImmutableMap.of();
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
