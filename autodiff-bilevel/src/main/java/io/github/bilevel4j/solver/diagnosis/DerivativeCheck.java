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
  private final ImmutableList<Directional> derivatives;
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
    derivatives =
        ImmutableList.of(
            new Directional("inner gradient", g, along, inner, v),
            new Directional("inner Hessian", gradient.dot(u), product.dot(u), inner, v),
            new Directional(
                "mixed derivative", along, Derivatives.vjp(gradient, theta, v).dot(s), outer, s),
            new Directional(
                "outer gradient by the inner variables",
                f,
                Derivatives.gradient(f, phi).dot(v),
                inner,
                v),
            new Directional(
                "outer gradient by the outer variables",
                f,
                Derivatives.gradient(f, theta).dot(s),
                outer,
                s));
    Step checks =
        Step.named(problem.name() + "/derivatives")
            .output("<Hu,v>", nearby.apply(Derivatives.vjp(gradient, phi, u).dot(v)))
            .output("<u,Hv>", nearby.apply(product.dot(u)));
    for (Directional each : derivatives) {
      Expr difference = each.displaced(step).minus(each.displaced(-step)).times(0.5 / step);
      checks =
          checks
              .output(each.name, nearby.apply(each.derivative))
              .output(each.name + " by differences", nearby.apply(difference))
              .output(each.name + " value", nearby.apply(each.function));
    }
    program = engine.compile(checks);
  }

  /** A function of some variables, and what is said to be its derivative along a direction. */
  private record Directional(
      String name, Expr function, Expr derivative, Variables variables, Vector direction) {

    Expr displaced(double distance) {
      return Substitution.of(variables, variables.vector().plus(direction.times(distance)))
          .apply(function);
    }
  }

  private static Vector constant(Vector like, long seed) {
    HostVector direction = HostVector.direction(like, seed);
    return Vector.of(
        ImmutableMap.copyOf(Maps.transformValues(direction.components(), Expr::constant)));
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
    for (Directional each : derivatives) {
      String name = each.name;
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

  private boolean near(double left, double right, double value) {
    double scale = Math.max(Math.abs(left), Math.abs(right));
    double allowed =
        TOLERANCE * step * step * (scale + Math.abs(value))
            + ROUNDING * roundoff / step * Math.abs(value);
    return Math.abs(left - right) <= Math.max(allowed, ROUNDING * roundoff);
  }
}
