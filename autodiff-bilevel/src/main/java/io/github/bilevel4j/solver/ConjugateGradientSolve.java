package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.problem.Step;
import io.github.bilevel4j.problem.Update;
import io.github.bilevel4j.shape.Mistake;
import io.github.bilevel4j.shape.Shape;
import java.util.Locale;

/**
 * Conjugate gradients (Hestenes and Stiefel, 1952) for a symmetric positive definite operator, the
 * vectors in variables on the device. Only the squared residual and the curvature reach the host.
 */
final class ConjugateGradientSolve {
  private final String name;
  private final ConjugateGradient settings;
  private final Variables solution;
  private final Variables residual;
  private final Variables direction;
  private final Expr squaredResidual = scalar("squared residual");
  private Program iteration;
  private Program initial;

  ConjugateGradientSolve(String name, Vector like, ConjugateGradient settings) {
    this.name = name;
    this.settings = settings;
    this.solution = Variables.zerosLike(name + "/adjoint", like);
    this.residual = Variables.zerosLike(name + "/residual", like);
    this.direction = Variables.zerosLike(name + "/direction", like);
  }

  private Expr scalar(String label) {
    return Expr.variable(label, Shape.scalar(), Initializer.zeros());
  }

  /** The variables that hold the solution. */
  Variables solution() {
    return solution;
  }

  /** The variables that hold the direction of which the operator's product is wanted. */
  Variables direction() {
    return direction;
  }

  /** The assignments that begin a solve from zero for a right side. */
  ImmutableList<Update> begin(Vector right) {
    return ImmutableList.<Update>builder()
        .addAll(Update.of(solution, right.zeros()))
        .addAll(Update.of(residual, right))
        .addAll(Update.of(direction, right))
        .add(new Update(squaredResidual, right.squaredNorm()))
        .build();
  }

  /** Compiles the iteration for the operator's product with {@link #direction}. */
  void compile(Vector product, Engine engine) {
    Vector p = direction.vector();
    Vector damped = product.plus(p.times(settings.damping()));
    Expr curvature = p.dot(damped);
    Expr positive = curvature.greaterThan(0);
    Expr size =
        positive.select(
            squaredResidual.dividedBy(positive.select(curvature, Expr.constant(1))),
            Expr.constant(0));
    Vector r = residual.vector().minus(damped.times(size));
    Expr squared = r.squaredNorm();
    Expr turn = squared.dividedBy(squaredResidual);
    iteration =
        engine.compile(
            Step.named(name + "/solve")
                .output("curvature", curvature.dividedBy(p.squaredNorm()))
                .output("squared residual", squared)
                .updating(Update.of(solution, solution.vector().plus(p.times(size))))
                .updating(Update.of(residual, r))
                .updating(Update.of(direction, r.plus(p.times(turn))))
                .updating(squaredResidual, squared));
    initial = engine.compile(Step.named(name + "/right side").output("squared", squaredResidual));
  }

  /**
   * Iterates until the residual or the number of iterations is reached.
   *
   * @throws IllegalStateException if the operator is not positive definite
   */
  ImmutableMap<String, Double> run() {
    double right = initial.run().scalar("squared");
    double squared = right;
    double smallest = Double.POSITIVE_INFINITY;
    int made = 0;
    while (made < settings.iterations()
        && squared > right * settings.tolerance() * settings.tolerance()) {
      Results results = iteration.run();
      double curvature = results.scalar("curvature");
      if (!(curvature > 0)) {
        throw notPositive(curvature, made);
      }
      smallest = Math.min(smallest, curvature);
      squared = results.scalar("squared residual");
      made++;
    }
    ImmutableMap.Builder<String, Double> report =
        ImmutableMap.<String, Double>builder()
            .put("iterations", (double) made)
            .put("residual", right == 0 ? 0 : Math.sqrt(squared / right));
    if (made > 0) {
      report.put("smallest curvature", smallest);
    }
    return report.buildOrThrow();
  }

  /** Tells of the undamped Hessian's curvature, and of a damping that would outweigh it. */
  private IllegalStateException notPositive(double damped, int made) {
    double curvature = damped - settings.damping();
    return new IllegalStateException(
        Mistake.in("conjugate gradient for \"" + name + "\"")
            .because("the inner Hessian has curvature %.3g along direction %d", curvature, made + 1)
            .value("damping", settings.damping())
            .maybe(
                "%s",
                Double.isNaN(curvature)
                    ? "the inner steps diverged: use a smaller rate."
                    : String.format(
                        Locale.ROOT,
                        "damping above %.2g, a greater weight in near(...), or more inner steps"
                            + " would help.",
                        Math.abs(curvature)))
            .getMessage());
  }
}
