package io.github.bilevel4j.solver;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.solver.linear.BreakdownException;
import io.github.bilevel4j.solver.step.NotFiniteException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
  private final Engine engine;

  /**
   * A level.
   *
   * @param optimizer with its rate, in words
   */
  private record Level(String name, Variables variables, String optimizer) {}

  /** Of the two levels of a problem. */
  Runaway(BilevelProblem problem, Engine engine) {
    this.problem = problem.name();
    this.engine = engine;
    levels =
        ImmutableList.of(
            new Level("inner level", problem.inner().variables(), problem.inner().solver()),
            new Level(
                "outer level",
                problem.outer().variables(),
                problem.outer().optimizer().description()));
  }

  /**
   * The failure of a step on finite data, of the same type, with the sizes of the variables as they
   * are now if some are huge or not finite; else the failure itself.
   */
  RuntimeException explained(RuntimeException failure) {
    boolean ofDevice = failure instanceof UsageError && failure.getCause() != null;
    boolean ofNumbers =
        failure instanceof NotFiniteException && failure.getMessage().endsWith("data  finite");
    if (!ofDevice && !ofNumbers && !(failure instanceof BreakdownException)) {
      return failure;
    }
    ImmutableMap<Level, Double> sizes = sizes();
    List<String> huge =
        levels.stream()
            .filter(level -> !(sizes.get(level) <= HUGE))
            .map(Level::name)
            .collect(Collectors.toList());
    if (huge.isEmpty()) {
      return failure;
    }
    RuntimeException told = told(failure, sizes, String.join(" or of the ", huge));
    if (failure.getCause() != null) {
      told.initCause(failure.getCause());
    }
    return told;
  }

  private RuntimeException told(
      RuntimeException failure, ImmutableMap<Level, Double> sizes, String names) {
    String first = Splitter.on('\n').split(failure.getMessage()).iterator().next();
    UsageError.Message message =
        UsageError.in("step of \"" + problem + "\"")
            .because("%s", first.endsWith(".") ? first.substring(0, first.length() - 1) : first);
    for (Map.Entry<Level, Double> size : sizes.entrySet()) {
      message =
          message.row(
              size.getKey().name(),
              size.getKey().optimizer(),
              String.format(Locale.ROOT, "largest variable %.2g", size.getValue()));
    }
    UsageError told = message.maybe("the rate of the %s is too high.", names);
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
      step = step.output(level.name(), largest(level.variables()));
    }
    Program program = engine.compile(step);
    Results results = program.run();
    return levels.stream()
        .collect(
            ImmutableMap.toImmutableMap(level -> level, level -> results.scalar(level.name())));
  }

  private static Expr largest(Variables variables) {
    return variables.leaves().values().stream()
        .filter(variable -> variable.shape().size() > 0)
        .map(variable -> variable.abs().max())
        .reduce(Expr::maximum)
        .orElse(Expr.constant(0));
  }
}
