package org.example;

import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.Differentiation;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.OuterLevel;
import io.github.bilevel4j.solver.estimator.SolvedEstimate;
import io.github.bilevel4j.solver.step.InnerSolve;
import io.github.bilevel4j.solver.step.InnerSteps;

/**
 * An estimator of the hypergradient: the implicit derivative with a multiple of the identity in
 * place of the inverse Hessian (T1-T2, Luketina et al., 2016),
 *
 * <pre>
 * h = dF/dtheta - scale d/dtheta &lt;dG/dphi, v&gt;,   v = dF/dphi,   after the inner steps.
 * </pre>
 *
 * <p>Whatever is a mean over the batch is declared to the engine as one, so that batches may come
 * in micro-batches.
 */
public record IdentityHessian(double scale) implements HypergradientEstimator {
  private static final String NAME = "identity Hessian";

  public IdentityHessian {
    Require.in(NAME).positive("scale", scale);
  }

  @Override
  public Differentiation differentiation(InnerLevel inner) {
    return Differentiation.SOLUTION;
  }

  @Override
  public void requireSuits(InnerLevel inner, OuterLevel outer) {
    InnerSteps.requireStationary(NAME, inner);
  }

  @Override
  public CompiledEstimator compile(BilevelProblem problem, Engine engine) {
    InnerLevel level = problem.inner();
    Vector phi = level.variables().vector();
    Vector theta = problem.outer().variables().vector();
    Expr outer = problem.outer().objective().total();

    Vector innerGradient = InnerSteps.gradient(level);
    Vector v = engine.batchMean(Derivatives.gradient(outer, phi));
    Vector direct = engine.batchMean(Derivatives.gradient(outer, theta));
    Vector implicit = engine.batchMean(v, u -> Derivatives.vjp(innerGradient, theta, u));

    return SolvedEstimate.of(
        "dF/dtheta - scale d/dtheta <dG/dphi, dF/dphi>",
        InnerSolve.of(problem, engine),
        phi,
        direct.minus(implicit.times(scale)));
  }

  @Override
  public String description() {
    return "inverse Hessian taken as " + scale + " (biased)";
  }
}
