package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import java.util.Optional;

/**
 * Builds a {@link BilevelProblem} in stages; a forgotten part does not compile, and the type of the
 * stage says which.
 *
 * <pre>{@code
 * Bilevel.problem("ridge")
 *     .inner(w).minimize(Objective.of("training", training).plus("penalty", penalty))
 *     .solvedBy(100, Sgd.rate(0.1))
 *     .outer(logLambda).minimize(Objective.of("validation", validation))
 *     .steppedBy(Adam.rate(0.1))
 *     .differentiatedBy(Implicit.by(ConjugateGradient.steps(10)))
 * }</pre>
 *
 * <p>Several inner levels side by side, and three levels, are the same stages again:
 *
 * <pre>{@code
 * Bilevel.problem("two tasks")
 *     .inner(first).minimize(g1).near(theta, 1).solvedBy(5, Sgd.rate(0.1))
 *     .and(second).minimize(g2).near(theta, 1).solvedBy(3, Adam.rate(0.01))
 *     .outer(theta).minimize(f)...
 *
 * Bilevel.problem("three levels")
 *     .inner(z).minimize(h).startingAt(z0).solvedBy(5, Sgd.rate(0.1))
 *     .under(y).minimize(g).solvedBy(20, Sgd.rate(0.1))
 *     .outer(x).minimize(f)...
 * }</pre>
 */
public final class Bilevel {
  private Bilevel() {}

  private static void requireSameShapes(String operation, Variables inner, Vector given) {
    Vector mine = inner.vector();
    mine.zip(
        given,
        (variable, value) -> {
          if (!variable.shape().equals(value.shape())) {
            throw UsageError.in(operation)
                .because("the shapes of \"%s\" differ", variable.name())
                .row("inner variable", variable.shape().toString())
                .row("given", value.shape().toString())
                .maybe("they belong to another network.");
          }
          return value;
        });
  }

  /** Starts a problem of the given name. */
  public static NeedsInnerVariables problem(String name) {
    return new NeedsInnerVariables(name);
  }

  /** The inner levels described so far: those below the last ones, and those side by side. */
  private record Levels(
      String problem, ImmutableList<InnerLevel> lower, ImmutableList<InnerLevel> last) {
    private Levels and(InnerLevel level) {
      return new Levels(
          problem, lower, ImmutableList.<InnerLevel>builder().addAll(last).add(level).build());
    }

    private Levels below() {
      return new Levels(
          problem,
          ImmutableList.<InnerLevel>builder().addAll(lower).add(together()).build(),
          ImmutableList.of());
    }

    private InnerLevel together() {
      return ParallelLevels.together(last);
    }
  }

  /** The inner variables are missing. */
  public static final class NeedsInnerVariables {
    private final String name;

    private NeedsInnerVariables(String name) {
      this.name = name;
    }

    /** The variables of the inner problem, {@code phi}. */
    public NeedsInnerObjective inner(Variables variables) {
      return new NeedsInnerObjective(
          new Levels(name, ImmutableList.of(), ImmutableList.of()), variables);
    }
  }

  /** The inner objective is missing. */
  public static final class NeedsInnerObjective {
    private final Levels levels;
    private final Variables variables;

    private NeedsInnerObjective(Levels levels, Variables variables) {
      this.levels = levels;
      this.variables = variables;
    }

    /** The inner objective {@code G}. */
    public NeedsInnerSolver minimize(Objective objective) {
      return new NeedsInnerSolver(levels, variables, objective, Optional.empty());
    }
  }

  /** The inner solver is missing; a coupling and a starting point may be named before it. */
  public static final class NeedsInnerSolver {
    private final Levels levels;
    private final Variables variables;
    private final Objective objective;
    private final Optional<Vector> start;

    private NeedsInnerSolver(
        Levels levels, Variables variables, Objective objective, Optional<Vector> start) {
      this.levels = levels;
      this.variables = variables;
      this.objective = objective;
      this.start = start;
    }

    /**
     * Adds the term "near", {@code weight / 2 ||phi - center||^2}: it couples the inner solution to
     * the outer variables, and makes the inner Hessian positive definite near a minimum (iMAML,
     * Rajeswaran et al., 2019).
     *
     * @throws UsageError if the weight is not positive, or the center's components are not those of
     *     the inner variables
     */
    public NeedsInnerSolver near(Variables center, double weight) {
      return near(center.vector(), weight);
    }

    /** As {@link #near(Variables, double)}, about values that are made of outer variables. */
    public NeedsInnerSolver near(Vector center, double weight) {
      Require.in("near").positive("weight of the proximal term", weight);
      requireSameShapes("near", variables, center);
      Expr distance = variables.vector().minus(center).squaredNorm();
      return new NeedsInnerSolver(
          levels, variables, objective.plus("near", weight / 2, distance), start);
    }

    /**
     * Each inner solve starts at the values of other variables, usually the outer ones. Estimators
     * that follow the inner steps differentiate the starting point too.
     *
     * @throws UsageError if the components are not those of the inner variables
     */
    public NeedsInnerSolver startingAt(Variables point) {
      return startingAt(point.vector());
    }

    /** As {@link #startingAt(Variables)}, at values that are made of outer variables. */
    public NeedsInnerSolver startingAt(Vector point) {
      requireSameShapes("starting at", variables, point);
      Vector start = variables.vector().zip(point, (inner, value) -> value);
      return new NeedsInnerSolver(levels, variables, objective, Optional.of(start));
    }

    /**
     * {@code steps} steps of an optimizer, from the named starting point or else from where the
     * last solve ended.
     *
     * @throws UsageError if there is no step
     */
    public NeedsOuterVariables solvedBy(int steps, Optimizer optimizer) {
      Require.in("solved by").atLeast(1, "number of steps", steps);
      return new NeedsOuterVariables(
          levels.and(new InnerLevel(variables, objective, start, steps, optimizer)));
    }

    /**
     * No steps: the inner variables are taken as they are, at a minimum that the user's own program
     * has found and written into them.
     */
    public NeedsOuterVariables presolved() {
      return new NeedsOuterVariables(
          levels.and(new InnerLevel(variables, objective, start, 0, new NoSteps())));
    }
  }

  /** The outer variables are missing; further inner levels may come before them. */
  public static final class NeedsOuterVariables {
    private final Levels levels;

    private NeedsOuterVariables(Levels levels) {
      this.levels = levels;
    }

    /**
     * One more inner level beside the last one, with variables, objective and solver of its own.
     * Neither may read the variables of the other. They are solved together, a level of fewer steps
     * resting at the end. If one of them has a starting point and another none, the other goes on
     * from where it ended, but with an empty memory of its optimizer.
     */
    public NeedsInnerObjective and(Variables variables) {
      return new NeedsInnerObjective(levels, variables);
    }

    /**
     * One more level above those described last, and below the outer one. In its objective and in
     * the outer one the variables {@code z} of the levels below it stand for the result of their
     * steps, {@code z_T(y, theta)}, which are differentiated exactly. Those without a starting
     * point take all their solves within one outer step from the same point.
     */
    public NeedsInnerObjective under(Variables variables) {
      return new NeedsInnerObjective(levels.below(), variables);
    }

    /** The variables of the outer problem, {@code theta}. */
    public NeedsOuterObjective outer(Variables variables) {
      return new NeedsOuterObjective(levels, variables);
    }
  }

  /** The outer objective is missing. */
  public static final class NeedsOuterObjective {
    private final Levels levels;
    private final Variables variables;

    private NeedsOuterObjective(Levels levels, Variables variables) {
      this.levels = levels;
      this.variables = variables;
    }

    /** The outer objective {@code F}; the inner variables in it stand for the inner solution. */
    public NeedsOuterOptimizer minimize(Objective objective) {
      return new NeedsOuterOptimizer(levels, variables, objective);
    }
  }

  /** The outer optimizer is missing. */
  public static final class NeedsOuterOptimizer {
    private final Levels levels;
    private final Variables variables;
    private final Objective objective;

    private NeedsOuterOptimizer(Levels levels, Variables variables, Objective objective) {
      this.levels = levels;
      this.variables = variables;
      this.objective = objective;
    }

    /** The rule that moves the outer variables along the hypergradient. */
    public NeedsHypergradient steppedBy(Optimizer optimizer) {
      return new NeedsHypergradient(levels, new OuterLevel(variables, objective, optimizer));
    }
  }

  /** The hypergradient estimator is missing. */
  public static final class NeedsHypergradient {
    private final Levels levels;
    private final OuterLevel outer;

    private NeedsHypergradient(Levels levels, OuterLevel outer) {
      this.levels = levels;
      this.outer = outer;
    }

    /**
     * The estimator of the hypergradient; completes and validates the problem.
     *
     * @throws UsageError if the problem is not well posed, see {@link BilevelProblem}
     */
    public BilevelProblem differentiatedBy(HypergradientEstimator hypergradient) {
      return new BilevelProblem(
          levels.problem,
          levels.lower,
          levels.together(),
          outer,
          hypergradient,
          ImmutableList.of());
    }
  }
}
