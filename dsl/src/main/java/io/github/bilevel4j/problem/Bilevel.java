package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Mistake;
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
 */
public final class Bilevel {
  private Bilevel() {}

  private static void requireSameShapes(String operation, Variables inner, Variables given) {
    Vector mine = inner.vector();
    mine.zip(
        given.vector(),
        (variable, value) -> {
          if (!variable.shape().equals(value.shape())) {
            throw Mistake.in(operation)
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

  /** The inner variables are missing. */
  public record NeedsInnerVariables(String name) {
    /** The variables of the inner problem, {@code phi}. */
    public NeedsInnerObjective inner(Variables variables) {
      return new NeedsInnerObjective(name, variables);
    }
  }

  /** The inner objective is missing. */
  public record NeedsInnerObjective(String name, Variables variables) {
    /** The inner objective {@code G}. */
    public NeedsInnerSolver minimize(Objective objective) {
      return new NeedsInnerSolver(name, variables, objective, Optional.empty());
    }
  }

  /** The inner solver is missing; a coupling and a starting point may be named before it. */
  public record NeedsInnerSolver(
      String name, Variables variables, Objective objective, Optional<Vector> start) {

    /**
     * Adds the term "near", {@code weight / 2 ||phi - center||^2}: it couples the inner solution to
     * the outer variables, and makes the inner Hessian positive definite near a minimum (iMAML,
     * Rajeswaran et al., 2019).
     *
     * @throws IllegalArgumentException if the weight is not positive, or the center's components
     *     are not those of the inner variables
     */
    public NeedsInnerSolver near(Variables center, double weight) {
      if (!(weight > 0)) {
        throw Mistake.in("near")
            .because("the weight of the proximal term is not positive, %s", weight)
            .maybe("1 / rate was meant, with the rate of the inner steps.");
      }
      requireSameShapes("near", variables, center);
      Expr distance = variables.vector().minus(center.vector()).squaredNorm();
      return new NeedsInnerSolver(
          name, variables, objective.plus("near", weight / 2, distance), start);
    }

    /**
     * Each inner solve starts at the values of other variables, usually the outer ones. Estimators
     * that follow the inner steps differentiate the starting point too.
     *
     * @throws IllegalArgumentException if the components are not those of the inner variables
     */
    public NeedsInnerSolver startingAt(Variables point) {
      requireSameShapes("starting at", variables, point);
      Vector start = variables.vector().zip(point.vector(), (inner, value) -> value);
      return new NeedsInnerSolver(name, variables, objective, Optional.of(start));
    }

    /**
     * So many steps of an optimizer, from the named starting point or else from where the last
     * solve ended.
     *
     * @throws IllegalArgumentException if there is no step
     */
    public NeedsOuterVariables solvedBy(int steps, Optimizer optimizer) {
      if (steps < 1) {
        throw Mistake.in("solved by")
            .because("the inner problem is solved by %d steps", steps)
            .maybe("1 step was meant.");
      }
      return new NeedsOuterVariables(
          name, new InnerLevel(variables, objective, start, steps, optimizer));
    }

    /**
     * No steps: the inner variables are taken as they are, at a minimum that the user's own program
     * has found and written into them.
     */
    public NeedsOuterVariables solvedElsewhere() {
      return new NeedsOuterVariables(
          name, new InnerLevel(variables, objective, start, 0, new Rest()));
    }
  }

  /** The outer variables are missing. */
  public record NeedsOuterVariables(String name, InnerLevel inner) {
    /** The variables of the outer problem, {@code theta}. */
    public NeedsOuterObjective outer(Variables variables) {
      return new NeedsOuterObjective(name, inner, variables);
    }
  }

  /** The outer objective is missing. */
  public record NeedsOuterObjective(String name, InnerLevel inner, Variables variables) {
    /** The outer objective {@code F}; the inner variables in it stand for the inner solution. */
    public NeedsOuterOptimizer minimize(Objective objective) {
      return new NeedsOuterOptimizer(name, inner, variables, objective);
    }
  }

  /** The outer optimizer is missing. */
  public record NeedsOuterOptimizer(
      String name, InnerLevel inner, Variables variables, Objective objective) {
    /** The rule that moves the outer variables along the hypergradient. */
    public NeedsHypergradient steppedBy(Optimizer optimizer) {
      return new NeedsHypergradient(name, inner, new OuterLevel(variables, objective, optimizer));
    }
  }

  /** The hypergradient estimator is missing. */
  public record NeedsHypergradient(String name, InnerLevel inner, OuterLevel outer) {
    /**
     * The estimator of the hypergradient; completes and validates the problem.
     *
     * @throws IllegalArgumentException if the problem is not well posed, see {@link BilevelProblem}
     */
    public BilevelProblem differentiatedBy(Hypergradient hypergradient) {
      return new BilevelProblem(name, inner, outer, hypergradient, ImmutableList.of());
    }
  }
}
