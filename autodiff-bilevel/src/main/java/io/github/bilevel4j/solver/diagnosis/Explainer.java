package io.github.bilevel4j.solver.diagnosis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.Term;
import io.github.bilevel4j.solver.estimator.AdjointEstimate;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.linear.Automatic;
import io.github.bilevel4j.solver.linear.LinearSolve;
import io.github.bilevel4j.solver.step.InnerSteps;
import io.github.bilevel4j.solver.step.internal.CostModel;
import io.github.bilevel4j.solver.step.internal.RecordingEngine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes an {@link Explanation} from what was compiled. */
public final class Explainer {
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
  public Explainer(
      BilevelProblem given,
      BilevelProblem problem,
      CompiledEstimator estimate,
      RecordingEngine engine) {
    this.given = given;
    this.problem = problem;
    this.estimate = estimate;
    this.engine = engine;
  }

  public Explanation explain() {
    return new Explanation(
        problem.name(),
        engine.device() + ", " + engine.precision(),
        levels(),
        coupling(),
        problem.hypergradient().description(),
        path(),
        why(),
        gradients(),
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
        + count(variables)
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

  private static String count(Variables variables) {
    int number = variables.names().size();
    return String.format(
        Locale.ROOT,
        "%d variable%s, %,d number%s",
        number,
        number == 1 ? "" : "s",
        variables.dimension(),
        variables.dimension() == 1 ? "" : "s");
  }

  /** Where each outer variable acts on the inner solution, and whether directly on F. */
  private ImmutableMap<String, String> coupling() {
    Vector theta = problem.outer().variables().vector();
    InnerLevel inner = problem.inner();
    Vector phi = inner.variables().vector();
    Optimizer.State start = inner.optimizer().start(phi);
    Map<String, Set<String>> reached = new LinkedHashMap<>();
    reached.put("inner gradient", reached(InnerSteps.gradient(inner), theta));
    reached.put("starting point", inner.start().map(s -> reached(s, theta)).orElse(Set.of()));
    reached.put("inner optimizer", reached(inner.optimizer().next(start, phi).parameters(), theta));
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

  private static Set<String> reached(Vector function, Vector theta) {
    Set<String> names = new HashSet<>();
    for (Expr component : function.components().values()) {
      names.addAll(Derivatives.reached(component, theta));
    }
    return names;
  }

  private String path() {
    if (problem.hypergradient() instanceof FixedPoint) {
      return "dF/dtheta + (dP/dtheta)^T v, (I - dP/dz)^T v = dF/dz, for the inner step z <- P(z)";
    }
    if (estimate instanceof AdjointEstimate adjoint) {
      double damping = adjoint.settings().damping();
      return "dF/dtheta - d/dtheta <dG/dphi, v>, "
          + (damping == 0 ? "H" : "(H + " + damping + " I)")
          + " v = dF/dphi, at the inner solution";
    }
    return problem.hypergradient().followsInnerSteps()
        ? "d/dtheta of F at the result of the inner steps, through the steps"
        : "see the estimator";
  }

  private ImmutableList<String> why() {
    if (estimate instanceof AdjointEstimate adjoint
        && adjoint.settings().solver() instanceof Automatic automatic) {
      return ImmutableList.of(automatic.reasonFor(adjoint.system().right().dimension()));
    }
    return ImmutableList.of();
  }

  private ImmutableMap<String, Double> gradients() {
    Step gradient =
        Step.named("gradient").outputs(InnerSteps.gradient(problem.inner()).components());
    double unit = Math.max(1, CostModel.of(gradient));
    Map<Program, Integer> runs = estimate.runs();
    double inner = 0;
    double linear = 0;
    double rest = 0;
    for (Map.Entry<Step, Program> compiled : engine.programs().entrySet()) {
      double work = CostModel.of(compiled.getKey()) / unit;
      Program program = compiled.getValue();
      if (estimate.innerPrograms().contains(program)) {
        inner += work * problem.inner().steps();
      } else if (estimate instanceof AdjointEstimate && runs.containsKey(program)) {
        linear += work * runs.get(program);
      } else {
        rest += work * runs.getOrDefault(program, 1);
      }
    }
    ImmutableMap.Builder<String, Double> parts = ImmutableMap.builder();
    if (inner > 0) {
      parts.put("inner steps", inner);
    }
    if (linear > 0) {
      parts.put("linear solve", linear);
    }
    return parts.put("hypergradient and step", rest).buildOrThrow();
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
      } else if (variable.name().contains(LinearSolve.PRIMAL)
          || variable.name().contains(AdjointEstimate.MIXED)) {
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
