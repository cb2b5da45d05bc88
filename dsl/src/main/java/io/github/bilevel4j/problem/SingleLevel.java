package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Variables;

/**
 * Builds a {@link SingleLevelProblem}; a forgotten part does not compile.
 *
 * <pre>{@code
 * SingleLevel.problem("simclr").over(theta).minimize(Objective.of("nt-xent", loss)).steppedBy(Adam.rate(1e-3))
 * }</pre>
 */
public final class SingleLevel {
  private SingleLevel() {}

  /** Starts a problem of the given name. */
  public static NeedsVariables problem(String name) {
    return new NeedsVariables(name);
  }

  /** The variables are missing. */
  public static final class NeedsVariables {
    private final String name;

    private NeedsVariables(String name) {
      this.name = name;
    }

    /** The variables to be moved. */
    public NeedsObjective over(Variables variables) {
      return new NeedsObjective(name, variables);
    }
  }

  /** The objective is missing. */
  public static final class NeedsObjective {
    private final String name;
    private final Variables variables;

    private NeedsObjective(String name, Variables variables) {
      this.name = name;
      this.variables = variables;
    }

    /** The objective to be minimized. */
    public NeedsOptimizer minimize(Objective objective) {
      return new NeedsOptimizer(name, variables, objective);
    }
  }

  /** The optimizer is missing. */
  public static final class NeedsOptimizer {
    private final String name;
    private final Variables variables;
    private final Objective objective;

    private NeedsOptimizer(String name, Variables variables, Objective objective) {
      this.name = name;
      this.variables = variables;
      this.objective = objective;
    }

    /**
     * The rule that moves the variables; completes the problem.
     *
     * @throws IllegalArgumentException if the problem is not well posed, see {@link
     *     SingleLevelProblem}
     */
    public SingleLevelProblem steppedBy(Optimizer optimizer) {
      return new SingleLevelProblem(name, variables, objective, optimizer, ImmutableList.of());
    }
  }
}
