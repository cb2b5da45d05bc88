package io.github.bilevel4j.experiment;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.experiment.TrainingTask.Level;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.run.DivergedException;
import java.util.Locale;
import java.util.stream.Collectors;

/** How far the variables of each level have moved in a training: where a divergence comes from. */
final class LevelGrowth {
  /** Less is what a training does. */
  private static final double SUSPICIOUS = 1000;

  private static final String TOLD = "largest variable";

  private final ImmutableList<Level> levels;
  private final Program largest;
  private final ImmutableMap<String, Double> before;

  private LevelGrowth(ImmutableList<Level> levels, Engine engine) {
    this.levels = levels;
    Step step = Step.named("largest variables");
    for (Level level : levels) {
      step = step.output(level.name(), largest(level.variables()));
    }
    this.largest = engine.compile(step);
    this.before = now();
  }

  private static Expr largest(Variables variables) {
    return variables.leaves().values().stream()
        .filter(variable -> variable.shape().size() > 0)
        .map(variable -> variable.abs().max())
        .reduce(Expr::maximum)
        .orElseGet(() -> Expr.constant(0));
  }

  /** From the values that the variables have now. */
  static LevelGrowth from(ImmutableList<Level> levels, Engine engine) {
    return new LevelGrowth(levels, engine);
  }

  private ImmutableMap<String, Double> now() {
    Results results = largest.run();
    return levels.stream()
        .collect(ImmutableMap.toImmutableMap(Level::name, level -> results.scalar(level.name())));
  }

  /**
   * The failure with a line for each level and, if the data are finite, the rate to suspect; as it
   * is if the solver has told of its levels.
   */
  DivergedException explained(DivergedException failure) {
    if (failure.getMessage().contains(TOLD)) {
      return failure;
    }
    ImmutableMap<String, Double> now = now();
    String lines =
        levels.stream()
            .map(
                level ->
                    String.format(
                        Locale.ROOT,
                        "  %s  %s; " + TOLD + " %.2g, before the training %.2g",
                        level.name(),
                        level.optimizer(),
                        now.get(level.name()),
                        before.get(level.name())))
            .collect(Collectors.joining("\n"));
    boolean dataAreFinite =
        failure.term().isEmpty() || failure.getMessage().endsWith("data  finite");
    return failure.with(dataAreFinite ? lines + "\n" + advice(now) : lines);
  }

  /**
   * The level whose variables have grown most, levels that share them, or else the first one: its
   * steps begin anew each time.
   */
  private String advice(ImmutableMap<String, Double> now) {
    double most = levels.stream().mapToDouble(level -> growth(level, now)).max().orElseThrow();
    String names =
        levels.stream()
            .filter(level -> most > SUSPICIOUS && growth(level, now) == most)
            .map(Level::name)
            .collect(Collectors.joining(" or of the "));
    return "Maybe the rate of the "
        + (names.isEmpty() ? levels.get(0).name() : names)
        + " is too high.";
  }

  private double growth(Level level, ImmutableMap<String, Double> now) {
    double growth = now.get(level.name()) / Math.max(before.get(level.name()), Double.MIN_NORMAL);
    return Double.isFinite(growth) ? growth : Double.POSITIVE_INFINITY;
  }
}
