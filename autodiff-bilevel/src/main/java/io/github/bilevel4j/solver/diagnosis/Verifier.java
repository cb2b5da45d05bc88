package io.github.bilevel4j.solver.diagnosis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.Differentiation;
import io.github.bilevel4j.problem.internal.TextReport;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.estimator.AdjointSolve;
import io.github.bilevel4j.solver.estimator.AdjointSystem;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.BreakdownException;
import io.github.bilevel4j.solver.linear.SolveReport;
import io.github.bilevel4j.solver.step.InnerSolve;
import io.github.bilevel4j.solver.step.internal.UnitRoundoff;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Compares an estimate with a reference: with the derivative through the inner steps if the
 * estimator follows them, else with the exact hypergradient at the inner solution found by Newton's
 * method. All variables are put back.
 */
final class Verifier {
  private static final double FINE = Advice.FINE;
  private static final int DIRECTIONS = 3;
  private static final int MOST_ITERATIONS = 1000;
  private static final int MOST_DOUBLINGS = 8;

  private final BilevelProblem problem;
  private final CompiledEstimator estimate;
  private final Engine engine;
  private final DerivativeCheck derivatives;
  private final Program evaluate;
  private final Variables theta;

  private final Map<String, Double> numbers = new LinkedHashMap<>();
  private final ImmutableList.Builder<String> findings = ImmutableList.builder();

  private Verifier(BilevelProblem problem, CompiledEstimator estimate, Engine engine) {
    this.problem = problem;
    this.estimate = estimate;
    this.engine = engine;
    theta = problem.outer().variables();
    derivatives = new DerivativeCheck(problem, engine);
    evaluate =
        engine.compile(
            Step.named(problem.name() + "/verified")
                .outputs(estimate.hypergradient().components())
                .updating(Update.of(problem.inner().variables(), estimate.innerSolution())));
  }

  static Verification verify(
      BilevelProblem problem, CompiledEstimator estimate, Engine engine, Feed feed) {
    return new Verifier(problem, estimate, engine).run(feed);
  }

  private Verification run(Feed feed) {
    ImmutableMap<String, Array> phi = engine.read(problem.inner().variables());
    ImmutableMap<String, Array> outer = engine.read(theta);
    String reference;
    try {
      HostVector h = estimated(feed);
      findings.addAll(derivatives.findings(feed));
      reference = differentiation().followsSteps() ? steps(h, feed, phi) : solution(h, feed);
    } catch (BreakdownException breakdown) {
      reference = "none";
      findings.add(breakdown.getMessage());
    } finally {
      estimate.restore();
      engine.write(problem.inner().variables(), phi);
      engine.write(theta, outer);
    }
    return new Verification(
        problem.name(),
        problem.hypergradient().description(),
        reference,
        ImmutableMap.copyOf(numbers),
        findings.build());
  }

  /** The estimate; the inner variables are then at its inner solution. */
  private HostVector estimated(Feed feed) {
    estimate.prepare(feed, () -> feed);
    return HostVector.of(evaluate.run(feed.limitedTo(evaluate)).all());
  }

  /** Against the derivative through all steps, and that against differences. */
  private String steps(HostVector h, Feed feed, ImmutableMap<String, Array> start) {
    engine.write(problem.inner().variables(), start);
    SymbolicSteps exact = new SymbolicSteps(problem, engine);
    HostVector reference = exact.hypergradient(feed);
    compare(h, reference);
    if (h.relativeTo(reference) > FINE) {
      findings.add(biased(h, reference) + " Unrolled.exact() is not.");
    }
    double difference =
        differences(
            reference,
            displaced -> {
              engine.write(theta, displaced.components());
              return Optional.of(exact.outer(feed));
            });
    requireDifferences(difference);
    int steps = problem.inner().steps();
    return "derivative through "
        + (steps == 1 ? "the inner step" : "the " + steps + " inner steps");
  }

  private Differentiation differentiation() {
    return problem.hypergradient().differentiation(problem.inner());
  }

  private static String biased(HostVector h, HostVector reference) {
    return String.format(
        Locale.ROOT,
        "The estimate is biased by construction: %s off, cosine %.2f.",
        TextReport.percent(h.relativeTo(reference)),
        h.cosine(reference));
  }

  private void compare(HostVector h, HostVector reference) {
    numbers.put(Verification.ERROR, h.relativeTo(reference));
    numbers.put(Verification.COSINE, h.cosine(reference));
  }

  private void requireDifferences(double difference) {
    numbers.put(Verification.DIFFERENCES, difference);
    if (difference > FINE) {
      findings.add(
          "The reference itself differs by "
              + TextReport.percent(difference)
              + " from central differences of the outer objective: a derivative is wrong, or there"
              + " is a kink nearby.");
    }
  }

  /** Against the exact hypergradient at the inner solution, part by part of the error. */
  private String solution(HostVector h, Feed feed) {
    Optional<AdjointSolve> adjoint =
        estimate instanceof AdjointSolve each ? Optional.of(each) : Optional.empty();
    AdjointSystem system =
        adjoint
            .map(AdjointSolve::system)
            .orElseGet(() -> AdjointSystem.stationary(problem, 0, engine));
    boolean symmetric =
        problem.inner().optimizer().isStationaryAtFixedPoint() && system.isSymmetric();
    ExactAdjoint exact =
        new ExactAdjoint(
            problem.name() + "/exact", problem, system.withDamping(0), symmetric, engine);
    HostVector here = exact.hypergradient(feed);
    if (symmetric) {
      curvature(feed);
    }
    double damping = system.damping();
    HostVector damped =
        damping == 0
            ? here
            : new ExactAdjoint(problem.name() + "/damped", problem, system, symmetric, engine)
                .hypergradient(feed);
    HostVector reference = resolved(exact, h, here, feed);
    truncation(h, damped, adjoint, feed);
    if (damping > 0) {
      double bias = damped.relativeTo(here);
      numbers.put(Verification.DAMPING, bias);
      if (bias > FINE) {
        findings.add(
            "Damping "
                + damping
                + " biases by "
                + TextReport.percent(bias)
                + ": less of it would do.");
      }
    }
    double inner = numbers.getOrDefault(Verification.INNER, 0.0);
    if (inner > FINE) {
      findings.add(
          "The inner problem has not converged, which costs "
              + TextReport.percent(inner)
              + ": "
              + moreSteps(adjoint, exact, reference, feed));
    }
    return "exact adjoint at the inner minimum";
  }

  /** Solves the inner problem; compares the estimate with the exact hypergradient there. */
  private HostVector resolved(ExactAdjoint exact, HostVector h, HostVector here, Feed feed) {
    if (!exact.solveInner(feed)) {
      compare(h, here);
      findings.add(
          "The inner minimum was not found: Newton's method does not converge from the inner"
              + " solution. More inner steps, or a greater weight in near(...), would help.");
      return here;
    }
    HostVector reference = exact.hypergradient(feed);
    compare(h, reference);
    numbers.put(Verification.INNER, here.relativeTo(reference));
    requireDifferences(
        differences(
            reference,
            displaced -> {
              engine.write(theta, displaced.components());
              return exact.solveInner(feed) ? Optional.of(exact.outer(feed)) : Optional.empty();
            }));
    return reference;
  }

  /** The outer objective at other outer variables, if it can be computed there. */
  private interface OuterValue {
    Optional<Double> at(HostVector theta);
  }

  /** The error of directional derivatives against central differences, as a share of the norm. */
  private double differences(HostVector reference, OuterValue outer) {
    HostVector here = HostVector.of(engine.read(theta));
    double roundoff = UnitRoundoff.of(engine);
    double step = Math.cbrt(roundoff) * (1 + here.norm());
    double worst = 0;
    for (int k = 0; k < DIRECTIONS; k++) {
      HostVector direction = HostVector.direction(theta.vector(), 10 + k);
      Optional<Double> forward = outer.at(here.plus(direction, step));
      Optional<Double> backward = outer.at(here.plus(direction, -step));
      engine.write(theta, here.components());
      if (forward.isPresent() && backward.isPresent()) {
        double difference = (forward.get() - backward.get()) / (2 * step);
        double noise = 10 * roundoff * Math.abs(forward.get()) / step;
        double error = Math.abs(difference - reference.dot(direction));
        worst = Math.max(worst, Math.max(0, error - noise));
      }
    }
    return reference.norm() == 0 ? worst : worst / reference.norm();
  }

  /** Whether the inner Hessian is positive definite where the estimate is taken. */
  private void curvature(Feed feed) {
    Optional<Double> negative = NegativeCurvature.of(problem, engine).at(feed);
    negative.ifPresent(
        curvature ->
            findings.add(
                "The inner Hessian has curvature "
                    + TextReport.number(curvature)
                    + " along a direction: the inner solution is not a minimum. More inner steps,"
                    + " or a greater weight in near(...), would help."));
  }

  /** The estimate against the exact solution of its own system at its own point. */
  private void truncation(
      HostVector h, HostVector exact, Optional<AdjointSolve> adjoint, Feed feed) {
    double error = h.relativeTo(exact);
    if (adjoint.isEmpty()) {
      if (error > FINE) {
        findings.add(biased(h, exact) + " Implicit.by(...) is not.");
      }
      return;
    }
    numbers.put(Verification.TRUNCATION, error);
    if (error > FINE) {
      OptionalInt enough = enoughIterations(adjoint.get(), exact, feed);
      findings.add(
          "The linear solver stops too early, which costs "
              + TextReport.percent(error)
              + ": "
              + (enough.isPresent()
                  ? enough.getAsInt() + " iterations would do."
                  : "it does not converge; damping, or another method, would help."));
    }
  }

  private OptionalInt enoughIterations(AdjointSolve adjoint, HostVector exact, Feed feed) {
    Program read =
        engine.compile(
            Step.named(problem.name() + "/truncated").outputs(adjoint.current().components()));
    estimate.restore();
    adjoint.inner().run(feed, () -> feed);
    SolveReport report = adjoint.solve(feed).report();
    while (report.iterations() < MOST_ITERATIONS && adjoint.continueFor(1, report, feed)) {
      if (HostVector.of(read.run(feed.limitedTo(read)).all()).relativeTo(exact) <= FINE) {
        return OptionalInt.of(report.iterations());
      }
    }
    return OptionalInt.empty();
  }

  private String moreSteps(
      Optional<AdjointSolve> adjoint, ExactAdjoint exact, HostVector reference, Feed feed) {
    int steps = problem.inner().steps();
    if (adjoint.isEmpty() || steps == 0) {
      return "it should be solved better before.";
    }
    InnerSolve inner = adjoint.get().inner();
    estimate.restore();
    inner.run(feed, () -> feed);
    int made = steps;
    for (int k = 0; k < MOST_DOUBLINGS; k++) {
      int goal = 2 * made;
      while (made < goal) {
        inner.steps(() -> feed);
        made += steps;
      }
      if (exact.hypergradient(feed).relativeTo(reference) <= FINE) {
        return made + " inner steps would do.";
      }
    }
    return made + " inner steps would not do; a greater rate, or another optimizer, may.";
  }

  /** The inner steps written out, with their derivative. */
  private static final class SymbolicSteps {
    private final Program gradient;
    private final Program value;

    SymbolicSteps(BilevelProblem problem, Engine engine) {
      CompiledEstimator exact = Unrolled.exact().compile(problem, engine);
      String name = problem.name() + "/unrolled";
      gradient = engine.compile(Step.named(name).outputs(exact.hypergradient().components()));
      value =
          engine.compile(
              Step.named(name + " value")
                  .output(
                      "outer",
                      problem
                          .outer()
                          .objective()
                          .total()
                          .substitute(problem.inner().variables(), exact.innerSolution())));
    }

    HostVector hypergradient(Feed feed) {
      return HostVector.of(gradient.run(feed.limitedTo(gradient)).all());
    }

    double outer(Feed feed) {
      return value.run(feed.limitedTo(value)).scalar("outer");
    }
  }
}
