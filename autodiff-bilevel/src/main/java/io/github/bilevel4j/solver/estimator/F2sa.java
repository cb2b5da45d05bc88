package io.github.bilevel4j.solver.estimator;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Substitution;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.Differentiation;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.OuterLevel;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.step.InnerSolve;
import io.github.bilevel4j.solver.step.InnerSteps;
import io.github.bilevel4j.solver.step.StatefulOptimizer;
import java.util.ArrayList;
import java.util.List;

/**
 * The fully first-order method (F2SA, Kwon et al., 2023): the inner problem as a penalty. Two inner
 * sequences make the same steps,
 *
 * <pre>
 * z along dG/dz                               towards  argmin G
 * y along dG/dy + (1 / lambda) dF/dy          towards  argmin F + lambda G
 * hypergradient = dF/dtheta(y) + lambda (dG/dtheta(y) - dG/dtheta(z))
 * </pre>
 *
 * without any second derivative. With both sequences at their minima it is the derivative of {@code
 * min over y of F + lambda (G - min G)}, off by O(1 / lambda) from the hypergradient; what the
 * sequences lack of their minima enters times lambda. So lambda should grow, slowly, or stay where
 * the bias is tolerable.
 *
 * <p>Written for a step size alpha of y along {@code dF/dy + lambda dG/dy}, the published method
 * has {@code alpha lambda} equal to z's rate here: both sequences use the inner optimizer, each
 * with a memory of its own. The inner variables hold z. F is evaluated there too for the report; y
 * is kept by the estimator. It begins where z begins: at the starting point, or without one where
 * the inner variables are at the first step.
 *
 * <p>An outer step costs two inner gradients and one outer gradient for each inner step. {@link
 * BilevelSolver#hypergradient} advances the multiplier's schedule as a step does.
 */
public final class F2sa implements HypergradientEstimator {
  private static final String NAME = "F2SA";

  private final Schedule multiplier;
  private final String text;

  private F2sa(Schedule multiplier, String text) {
    this.multiplier = multiplier;
    this.text = text;
  }

  /**
   * With a constant multiplier lambda of the inner objective.
   *
   * @throws UsageError if it is not a positive number
   */
  public static F2sa multiplier(double multiplier) {
    Require.in(NAME).positive("multiplier", multiplier);
    return new F2sa(Schedule.constant(multiplier), "multiplier " + multiplier);
  }

  /** With a multiplier that depends on the number of outer steps made, greater than zero. */
  public static F2sa multiplier(Schedule multiplier) {
    return new F2sa(multiplier, "scheduled multiplier");
  }

  @Override
  public Differentiation differentiation(InnerLevel inner) {
    return Differentiation.SOLUTION;
  }

  @Override
  public void requireSuits(InnerLevel inner, OuterLevel outer) {
    InnerSteps.requireSteps(NAME, inner);
  }

  @Override
  public String description() {
    return "F2SA, first order, " + text + " (biased)";
  }

  @Override
  public CompiledEstimator compile(BilevelProblem problem, Engine engine) {
    InnerLevel level = problem.inner();
    String name = problem.name();
    Vector phi = level.variables().vector();
    Vector theta = problem.outer().variables().vector();
    Expr inner = level.objective().total();
    Expr outer = problem.outer().objective().total();
    Expr count = Expr.variable(name + "/multiplier count", Shape.scalar(), Initializer.zeros());
    Expr lambda = multiplier.at(count);

    Variables penalized = level.variables().copy(name + "/penalized");
    Substitution atPenalized = Substitution.of(level.variables(), penalized.vector());
    StatefulOptimizer z = StatefulOptimizer.ofInner(problem);
    StatefulOptimizer y = new StatefulOptimizer(name + "/penalized", penalized, level.optimizer());
    Vector innerSlope = InnerSteps.gradient(level);
    Vector slope = innerSlope.plus(Derivatives.gradient(outer, phi).times(lambda.reciprocal()));

    List<Update> begun = new ArrayList<>();
    if (level.start().isPresent()) {
      begun.addAll(z.startAt(level.start().get()));
      begun.addAll(y.startAt(level.start().get()));
    } else {
      Expr isFirst = count.equalTo(Expr.constant(0));
      begun.addAll(Update.of(penalized, phi.zip(penalized.vector(), isFirst::where)));
    }
    List<Update> stepped = new ArrayList<>(z.along(innerSlope));
    stepped.addAll(y.along(atPenalized.apply(slope)));
    List<Expr> assigned = new ArrayList<>(z.everything());
    assigned.addAll(y.everything());

    Vector throughInner = Derivatives.gradient(inner, theta);
    return new SolvedEstimate(
        "dF/dtheta(y) + lambda (dG/dtheta(y) - dG/dtheta(z))",
        new InnerSolve(name, level, engine, begun, stepped, assigned),
        phi,
        atPenalized
            .apply(Derivatives.gradient(outer, theta))
            .plus(atPenalized.apply(throughInner).minus(throughInner).times(lambda)),
        ImmutableMap.of("multiplier", lambda),
        ImmutableList.of(new Update(count, count.plus(1))));
  }
}
