package io.github.bilevel4j.solver.diagnosis;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.Coupling;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.Term;
import io.github.bilevel4j.problem.internal.TextReport;
import io.github.bilevel4j.solver.step.InnerSteps;
import io.github.bilevel4j.solver.step.internal.CostModel;
import io.github.bilevel4j.solver.step.internal.RecordingEngine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes an {@link Explanation} from what was compiled. */
final class Explainer {
  private static final int NAMED = 4;

  private final BilevelProblem given;
  private final BilevelProblem problem;
  private final CompiledEstimator estimate;
  private final RecordingEngine engine;

  /**
   * An explainer.
   *
   * @param given the problem with all its levels
   * @param problem the one of two levels that is differentiated
   */
  Explainer(
      BilevelProblem given,
      BilevelProblem problem,
      CompiledEstimator estimate,
      RecordingEngine engine) {
    this.given = given;
    this.problem = problem;
    this.estimate = estimate;
    this.engine = engine;
  }

  Explanation explain() {
    return new Explanation(
        problem.name(),
        engine.device() + ", " + engine.precision(),
        levels(),
        coupling(),
        problem.hypergradient().description(),
        estimate.formula(),
        estimate.reasons(),
        gradients(),
        cost(),
        bytes(),
        engine.programs().size(),
        engine.programs().values().stream().mapToInt(Program::nodeCount).sum(),
        engine.programs().values().stream()
            .map(Program::compileTime)
            .reduce(Duration.ZERO, Duration::plus));
  }

  private ImmutableMap<String, String> levels() {
    ImmutableMap.Builder<String, String> lines = ImmutableMap.builder();
    lines.put(
        "outer",
        line(
            given.outer().variables(),
            given.outer().objective(),
            given.outer().optimizer().description()));
    put(lines, "inner", given.inner());
    List<InnerLevel> lower = given.lower().reverse();
    for (int i = 0; i < lower.size(); i++) {
      put(lines, lower.size() == 1 ? "lower" : "lower " + (i + 1), lower.get(i));
    }
    return lines.buildOrThrow();
  }

  private static void put(
      ImmutableMap.Builder<String, String> lines, String rank, InnerLevel level) {
    int count = level.parts().size();
    for (int i = 0; i < count; i++) {
      InnerLevel part = level.parts().get(i);
      lines.put(
          count == 1 ? rank : rank + ", " + (i + 1) + " of " + count,
          line(
              part.variables(),
              part.objective(),
              part.solver()
                  + (part.steps() == 0
                      ? ""
                      : part.start().isPresent()
                          ? ", from a given point"
                          : ", going on from the last")));
    }
  }

  private static String line(Variables variables, Objective objective, String moved) {
    return names(variables)
        + " ("
        + TextReport.count(variables)
        + "); "
        + objective.terms().stream().map(Term::toString).collect(Collectors.joining(" "))
        + "; "
        + moved;
  }

  private static String names(Variables variables) {
    List<String> names = variables.names().asList();
    return String.join(", ", names.subList(0, Math.min(NAMED, names.size())))
        + (names.size() > NAMED ? ", ..." : "");
  }

  /** Where each outer variable acts on the inner solution, and whether directly on F. */
  private ImmutableMap<String, String> coupling() {
    Vector theta = problem.outer().variables().vector();
    Map<String, Set<String>> reached = new LinkedHashMap<>();
    Coupling.of(problem.inner(), InnerSteps.gradient(problem.inner()))
        .functions()
        .forEach(
            (place, function) -> reached.put(place.title(), Derivatives.reached(function, theta)));
    reached.put("outer objective", Derivatives.reached(problem.outer().objective().total(), theta));
    ImmutableMap.Builder<String, String> lines = ImmutableMap.builder();
    for (String name : theta.components().keySet()) {
      List<String> places = new ArrayList<>();
      reached.forEach(
          (place, names) -> {
            if (names.contains(name)) {
              places.add(place);
            }
          });
      lines.put(name, "in the " + String.join(", ", places));
    }
    return lines.buildOrThrow();
  }

  private ImmutableMap<String, Double> gradients() {
    Step gradient =
        Step.named("gradient").outputs(InnerSteps.gradient(problem.inner()).components());
    double unit = Math.max(1, CostModel.of(gradient));
    Map<CompiledEstimator.Role, Double> work = new EnumMap<>(CompiledEstimator.Role.class);
    stages()
        .forEach(
            (step, stage) ->
                work.merge(stage.role(), stage.runs() * CostModel.of(step) / unit, Double::sum));
    ImmutableMap.Builder<String, Double> parts = ImmutableMap.builder();
    work.forEach(
        (role, gradients) -> {
          if (gradients > 0) {
            parts.put(title(role), gradients);
          }
        });
    return parts.buildOrThrow();
  }

  private StepCost cost() {
    return StepCost.of(Maps.transformValues(stages(), CompiledEstimator.Stage::runs));
  }

  /** What each step is for; the outer step itself is the estimator's no more. */
  private ImmutableMap<Step, CompiledEstimator.Stage> stages() {
    Map<Program, CompiledEstimator.Stage> known =
        estimate.stages().stream()
            .collect(ImmutableMap.toImmutableMap(CompiledEstimator.Stage::program, s -> s));
    return ImmutableMap.copyOf(
        Maps.transformValues(
            engine.programs(),
            program ->
                known.getOrDefault(
                    program,
                    new CompiledEstimator.Stage(CompiledEstimator.Role.OTHER, program, 1))));
  }

  private static String title(CompiledEstimator.Role role) {
    return switch (role) {
      case INNER_STEP -> "inner steps";
      case LINEAR_SOLVE -> "linear solve";
      case OTHER -> "hypergradient and step";
    };
  }

  private ImmutableMap<String, Double> bytes() {
    double bytes = engine.precision().bytes();
    double own = 0;
    double kept = 0;
    double state = 0;
    for (Expr variable : engine.variables()) {
      double size = bytes * variable.shape().size();
      if (isOfALevel(variable)) {
        own += size;
      } else if (estimate.kept().contains(variable)) {
        kept += size;
      } else {
        state += size;
      }
    }
    double intermediate =
        bytes
            * engine.programs().keySet().stream().mapToDouble(CostModel::elements).max().orElse(0);
    ImmutableMap.Builder<String, Double> parts = ImmutableMap.builder();
    parts.put("variables", own).put("state of the solvers", state);
    if (kept > 0) {
      parts.put("kept for the solve", kept);
    }
    return parts.put(Explanation.INTERMEDIATE, intermediate).buildOrThrow();
  }

  private boolean isOfALevel(Expr variable) {
    return given.outer().variables().leaves().containsValue(variable)
        || Stream.concat(given.lower().stream(), Stream.of(given.inner()))
            .anyMatch(level -> level.variables().leaves().containsValue(variable));
  }
}
