package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Inner levels that do not read each other, as one level: over the variables of all, with the sum
 * of the objectives, each group of variables moved by its own rule. Its minimum is that of each,
 * and its Hessian is block-diagonal.
 *
 * <p>The variables' keys are their own names. Where two levels use the same name for a term, the
 * terms of the k-th level get the prefix {@code k/}.
 */
final class ParallelLevels {
  private final ImmutableList<InnerLevel> levels;
  private final Variables variables;

  private ParallelLevels(List<InnerLevel> levels) {
    this.levels = ImmutableList.copyOf(levels);
    this.variables =
        Variables.of(
            levels.stream().flatMap(level -> leaves(level).values().stream()).distinct().toList());
  }

  /** One level of many; a single one is itself. */
  static InnerLevel together(List<InnerLevel> levels) {
    return levels.size() == 1 ? levels.get(0) : new ParallelLevels(levels).together();
  }

  private static ImmutableMap<String, Expr> leaves(InnerLevel level) {
    return level.variables().leaves();
  }

  private InnerLevel together() {
    int steps = levels.stream().mapToInt(InnerLevel::steps).max().orElseThrow();
    return new InnerLevel(
        variables,
        new Objective(terms()),
        start(),
        steps,
        new ParameterGroups(
            IntStream.range(0, levels.size())
                .mapToObj(this::group)
                .collect(ImmutableList.toImmutableList()),
            Math.max(steps, 1)),
        levels);
  }

  private ParameterGroups.Group group(int number) {
    InnerLevel level = levels.get(number);
    ImmutableMap.Builder<String, String> keys = ImmutableMap.builder();
    leaves(level).forEach((key, leaf) -> keys.put(leaf.name(), key));
    Map<String, String> own = keys.buildOrThrow();
    return new ParameterGroups.Group(
        String.valueOf(number + 1),
        name -> Optional.ofNullable(own.get(name)),
        level.optimizer(),
        level.steps());
  }

  /** A level without a starting point goes on from where its variables are. */
  private Optional<Vector> start() {
    if (levels.stream().allMatch(level -> level.start().isEmpty())) {
      return Optional.empty();
    }
    ImmutableMap.Builder<String, Expr> all = ImmutableMap.builder();
    for (InnerLevel level : levels) {
      Vector start = level.start().orElseGet(() -> level.variables().vector());
      leaves(level).forEach((key, leaf) -> all.put(leaf.name(), start.get(key)));
    }
    return Optional.of(Vector.of(all.buildKeepingLast()));
  }

  private ImmutableList<Term> terms() {
    List<String> names =
        levels.stream().flatMap(level -> level.objective().values().keySet().stream()).toList();
    boolean unique = ImmutableSet.copyOf(names).size() == names.size();
    ImmutableList.Builder<Term> terms = ImmutableList.builder();
    for (int i = 0; i < levels.size(); i++) {
      String prefix = unique ? "" : i + 1 + "/";
      levels
          .get(i)
          .objective()
          .terms()
          .forEach(t -> terms.add(new Term(prefix + t.name(), t.coefficient(), t.value())));
    }
    return terms.build();
  }
}
