package io.github.bilevel4j.solver.diagnosis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Substitution;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.internal.TextReport;
import io.github.bilevel4j.solver.step.InnerSteps;
import io.github.bilevel4j.solver.step.internal.UnitRoundoff;

/**
 * The derivatives of a problem's objectives against central differences of their values, along
 * random directions at a random point beside the inner solution, and the symmetry of the inner
 * Hessian. Everything is one run: an objective at a displaced point is an expression too.
 */
final class DerivativeCheck {
  private static final double AWAY = 0.1;
  private static final double TOLERANCE = 1e3;
  private static final double ROUNDING = 100;

  private final double step;
  private final double roundoff;
  private final Program program;

  DerivativeCheck(BilevelProblem problem, Engine engine) {
    roundoff = UnitRoundoff.of(engine);
    step = Math.cbrt(roundoff);
    Variables inner = problem.inner().variables();
    Variables outer = problem.outer().variables();
    Vector phi = inner.vector();
    Vector theta = outer.vector();
    Vector u = constant(phi, 1);
    Vector v = constant(phi, 2);
    Vector s = constant(theta, 3);
    Substitution nearby =
        Substitution.of(inner, phi.plus(constant(phi, 4).times(phi.norm().plus(1).times(AWAY))));

    Expr g = problem.inner().objective().total();
    Expr f = problem.outer().objective().total();
    Vector gradient = InnerSteps.gradient(problem.inner());
    Vector product = Derivatives.vjp(gradient, phi, v);
    Expr along = gradient.dot(v);
    Step checks = Step.named(problem.name() + "/derivatives");
    checks =
        checks
            .output("<Hu,v>", nearby.apply(Derivatives.vjp(gradient, phi, u).dot(v)))
            .output("<u,Hv>", nearby.apply(product.dot(u)));
    checks = pair(checks, "inner gradient", g, along, inner, v, nearby);
    checks = pair(checks, "inner Hessian", gradient.dot(u), product.dot(u), inner, v, nearby);
    checks =
        pair(
            checks,
            "mixed derivative",
            along,
            Derivatives.vjp(gradient, theta, v).dot(s),
            outer,
            s,
            nearby);
    checks =
        pair(
            checks,
            "outer gradient by the inner variables",
            f,
            Derivatives.gradient(f, phi).dot(v),
            inner,
            v,
            nearby);
    checks =
        pair(
            checks,
            "outer gradient by the outer variables",
            f,
            Derivatives.gradient(f, theta).dot(s),
            outer,
            s,
            nearby);
    program = engine.compile(checks);
  }

  private static Vector constant(Vector like, long seed) {
    HostVector direction = HostVector.direction(like, seed);
    return Vector.of(
        ImmutableMap.copyOf(Maps.transformValues(direction.components(), Expr::constant)));
  }

  /** Adds a directional derivative, the difference for it, and the size of what is subtracted. */
  private Step pair(
      Step checks,
      String name,
      Expr function,
      Expr derivative,
      Variables variables,
      Vector direction,
      Substitution nearby) {
    Expr forward = displaced(function, variables, direction, step);
    Expr backward = displaced(function, variables, direction, -step);
    return checks
        .output(name, nearby.apply(derivative))
        .output(name + " by differences", nearby.apply(forward.minus(backward).times(0.5 / step)))
        .output(name + " value", nearby.apply(function));
  }

  private static Expr displaced(
      Expr function, Variables variables, Vector direction, double distance) {
    return Substitution.of(variables, variables.vector().plus(direction.times(distance)))
        .apply(function);
  }

  /** What does not fit, a sentence each. */
  ImmutableList<String> findings(Feed feed) {
    Results results = program.run(feed.limitedTo(program));
    ImmutableList.Builder<String> findings = ImmutableList.builder();
    double left = results.scalar("<Hu,v>");
    double right = results.scalar("<u,Hv>");
    if (!near(left, right, 0)) {
      findings.add(
          "The inner Hessian is not symmetric: <Hu, v> = "
              + TextReport.number(left)
              + ", <u, Hv> = "
              + TextReport.number(right)
              + " for two directions. A detached() in the inner objective hides a dependence.");
    }
    for (String name : NAMES) {
      double derivative = results.scalar(name);
      double difference = results.scalar(name + " by differences");
      if (!near(derivative, difference, results.scalar(name + " value"))) {
        findings.add(
            "The "
                + name
                + " is "
                + TextReport.number(derivative)
                + " along a direction, but "
                + TextReport.number(difference)
                + " by differences: a detached(), a comparison or a kink hides a dependence.");
      }
    }
    return findings.build();
  }

  private static final ImmutableList<String> NAMES =
      ImmutableList.of(
          "inner gradient",
          "inner Hessian",
          "mixed derivative",
          "outer gradient by the inner variables",
          "outer gradient by the outer variables");

  private boolean near(double left, double right, double value) {
    double scale = Math.max(Math.abs(left), Math.abs(right));
    double allowed =
        TOLERANCE * step * step * (scale + Math.abs(value))
            + ROUNDING * roundoff / step * Math.abs(value);
    return Math.abs(left - right) <= Math.max(allowed, ROUNDING * roundoff);
  }
}
