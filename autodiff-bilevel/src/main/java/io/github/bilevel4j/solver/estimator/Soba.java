package io.github.bilevel4j.solver.estimator;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.Differentiation;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.OuterLevel;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.step.InnerSteps;
import io.github.bilevel4j.solver.step.StatefulOptimizer;
import io.github.bilevel4j.solver.step.internal.Measurements;

/**
 * Joint steps of the inner variables, of the adjoint and of the outer variables (SOBA, Dagreou et
 * al., 2022). All three move at once, from the values before the step:
 *
 * <pre>
 * phi   &lt;- phi   - inner optimizer along  dG/dphi
 * v     &lt;- v     - rate                   (H v - dF/dphi)
 * theta &lt;- theta - outer optimizer along  dF/dtheta - d/dtheta &lt;dG/dphi, v&gt;
 * </pre>
 *
 * There is no inner solve: an outer step is one run of the device with one Hessian-vector product.
 * While the outer variables move slowly, phi and v follow the inner minimum and its adjoint; where
 * all three rest, the hypergradient is exact and zero. Before that it is biased by how far phi and
 * v lag behind. The adjoint converges for rates below {@code 2 / (greatest curvature)} of the inner
 * problem where that is convex; {@code adjoint residual}, {@code ||H v - dF/dphi||}, tells.
 *
 * <p>The inner problem is given one step, whose optimizer keeps its memory, and no starting point.
 * Different batches for the two objectives are different inputs. {@link
 * BilevelSolver#hypergradient} moves phi and v too.
 *
 * @param rate of the adjoint's steps
 */
public record Soba(double rate) implements HypergradientEstimator {
  private static final String NAME = "SOBA";

  /**
   * Checks the rate.
   *
   * @throws UsageError if it is not a positive number
   */
  public Soba {
    Require.in(NAME).positive("rate of the adjoint", rate);
  }

  /** With steps of the adjoint of the given rate; that of the inner steps is a good choice. */
  public static Soba rate(double rate) {
    return new Soba(rate);
  }

  @Override
  public Differentiation differentiation(InnerLevel inner) {
    return Differentiation.SOLUTION;
  }

  @Override
  public void requireSuits(InnerLevel inner, OuterLevel outer) {
    if (inner.steps() != 1) {
      throw UsageError.in(NAME)
          .because("the inner variables move once in each outer step, not %d times", inner.steps())
          .row("inner solver", inner.solver())
          .maybe("solvedBy(1, ...) was meant.");
    }
    if (inner.start().isPresent()) {
      throw UsageError.in(NAME)
          .because("the inner variables go on from step to step, but have a starting point")
          .row("inner variables", inner.variables().toString())
          .maybe("startingAt(...) should be left out.");
    }
    InnerSteps.requireStationary(NAME, inner);
  }

  @Override
  public String description() {
    return "SOBA, joint steps, adjoint's rate " + rate;
  }

  @Override
  public CompiledEstimator compile(BilevelProblem problem, Engine engine) {
    InnerLevel level = problem.inner();
    Vector phi = level.variables().vector();
    Vector theta = problem.outer().variables().vector();
    Expr outer = problem.outer().objective().total();
    Vector gradient = InnerSteps.gradient(level);
    Variables adjoint = Variables.zerosLike(problem.name() + "/adjoint", phi);
    Vector v = adjoint.vector();
    Vector residual = Derivatives.vjp(gradient, phi, v).minus(Derivatives.gradient(outer, phi));
    StatefulOptimizer descent = StatefulOptimizer.ofInner(problem);
    return new SymbolicEstimate(
        "dF/dtheta - d/dtheta <dG/dphi, v>, v <- v - " + rate + " (H v - dF/dphi)",
        phi,
        Derivatives.gradient(outer, theta).minus(Derivatives.vjp(gradient, theta, v)),
        ImmutableMap.<String, Expr>builder()
            .putAll(Measurements.under("inner", level.objective().values()))
            .put("inner gradient norm", gradient.norm())
            .put("adjoint residual", residual.norm())
            .buildOrThrow(),
        ImmutableList.<Update>builder()
            .addAll(descent.along(gradient))
            .addAll(Update.of(adjoint, v.minus(residual.times(rate))))
            .build());
  }
}
