package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.linear.LinearOperator;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.LinearSystem;
import io.github.bilevel4j.solver.linear.Preconditioner;
import io.github.bilevel4j.solver.linear.SolveReport;
import io.github.bilevel4j.solver.step.InnerSteps;
import io.github.bilevel4j.solver.step.StatefulOptimizer;
import io.github.bilevel4j.solver.step.internal.Measurements;
import io.github.bilevel4j.solver.step.internal.SavedState;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Differentiation at the inner solution with everything accumulated over micro-batches:
 *
 * <pre>
 * inner    g = mean dG/dphi,  phi &lt;- optimizer(phi, g)                    for each inner step
 * right    mean dF/dphi, dF/dtheta, dG/dphi                              at the inner solution
 * solve    mean (d^2 G/dphi^2) p, then one iteration                     for each iteration
 * mixed    mean d/dtheta &lt;dG/dphi, u&gt;, then the outer step
 * </pre>
 */
final class AccumulatingBilevel implements AccumulatingSolver {
  private static final String GRADIENT = "gradient";
  private static final String RIGHT = "right";
  private static final String DIRECT = "direct";
  private static final String UPDATES = "updates";
  private static final String MIXED = "mixed";
  private static final String GRADIENT_NORM = "inner gradient norm";

  private final BilevelProblem problem;
  private final MicroBatches expected;
  private final SavedState saved;
  private final Optional<Program> begin;
  private final BatchMean inner;
  private final Program move;
  private final BatchMean atSolution;
  private final Program gradientNorm;
  private final AccumulatedSolve solve;
  private final Program multiply;
  private final BatchMean mixed;
  private final NonFiniteLocator blame;
  private final Program outer;

  /** What this solver takes from an estimator. */
  private record Method(
      LinearSolver solver,
      double damping,
      boolean warmStarted,
      Optional<Preconditioner> preconditioner,
      boolean ofFixedPoint) {

    static Method of(BilevelProblem problem) {
      HypergradientEstimator hypergradient = problem.hypergradient();
      if (hypergradient instanceof Implicit implicit && !implicit.errorEstimated()) {
        return new Method(
            implicit.solver(),
            implicit.damping(),
            implicit.warmStarted(),
            implicit.preconditionedBy(),
            false);
      }
      if (hypergradient instanceof FixedPoint fixed) {
        return new Method(fixed.solver(), 0, fixed.warmStarted(), Optional.empty(), true);
      }
      throw UsageError.in("accumulate \"" + problem.name() + "\"")
          .because("the estimator does not work on micro-batches")
          .row("hypergradient", hypergradient.description())
          .maybe("Implicit.by(...), without an error estimate, or FixedPoint.by(...) was meant.");
    }
  }

  AccumulatingBilevel(BilevelProblem given, Engine engine) {
    Method method = Method.of(given);
    problem = LevelReduction.resolved(given);
    String name = problem.name();
    Variables variables = problem.inner().variables();
    Vector phi = variables.vector();
    Vector theta = problem.outer().variables().vector();
    Expr outerTotal = problem.outer().objective().total();
    Vector gradient = InnerSteps.gradient(problem.inner());
    AccumulatedUpdates updates = AccumulatedUpdates.of(problem.updates());

    StatefulOptimizer descent =
        new StatefulOptimizer(name + "/inner", variables, problem.inner().optimizer());
    saved = new SavedState(name, descent.everything(), engine);
    begin =
        problem
            .inner()
            .start()
            .map(
                start ->
                    engine.compile(Step.named(name + "/begin").updating(descent.startAt(start))));
    inner =
        new BatchMean(
            name + "/inner mean",
            ImmutableMap.of(GRADIENT, gradient),
            Measurements.under("inner", problem.inner().objective().values()),
            engine);
    move = engine.compile(Step.named(name + "/move").updating(descent.along(inner.of(GRADIENT))));

    atSolution =
        new BatchMean(
            name + "/at solution",
            ImmutableMap.of(
                GRADIENT,
                gradient,
                RIGHT,
                Derivatives.gradient(outerTotal, phi),
                DIRECT,
                Derivatives.gradient(outerTotal, theta),
                UPDATES,
                updates.values()),
            Measurements.under("outer", problem.outer().objective().values()),
            engine);
    gradientNorm =
        engine.compile(
            Step.named(name + "/gradient norm")
                .output(GRADIENT_NORM, atSolution.of(GRADIENT).norm()));

    AccumulatedProducts products =
        new AccumulatedProducts(
            name + "/hessian", phi, v -> Derivatives.vjp(gradient, phi, v), engine);
    AccumulatedAdjoint adjoint =
        method.ofFixedPoint()
            ? AccumulatedAdjoint.fixedPoint(problem, products::of, atSolution.of(GRADIENT), descent)
            : AccumulatedAdjoint.stationary(problem, products::of, method.damping());
    Vector right = adjoint.right().apply(atSolution.of(RIGHT));
    Optional<Variables> last =
        method.warmStarted()
            ? Optional.of(Variables.zerosLike(name + "/last adjoint", right))
            : Optional.empty();
    LinearOperator operator = adjoint.operator();
    UnaryOperator<Vector> preconditioner =
        method.preconditioner().map(p -> p.of(operator, right)).orElse(UnaryOperator.identity());
    solve =
        new AccumulatedSolve(
            new SolveReport.Context(
                name,
                method.ofFixedPoint()
                    ? SolveReport.Operator.FIXED_POINT
                    : SolveReport.Operator.HESSIAN,
                method.damping()),
            method.solver(),
            new LinearSystem(operator, right, last.map(Variables::vector), preconditioner),
            products,
            engine);

    Vector v = solve.solution();
    Variables u = Variables.zerosLike(name + "/multiplier", phi);
    multiply =
        engine.compile(
            Step.named(name + "/multiply").updating(Update.of(u, adjoint.multiplier().apply(v))));
    mixed =
        new BatchMean(
            name + "/mixed",
            ImmutableMap.of(MIXED, Derivatives.vjp(gradient, theta, u.vector())),
            ImmutableMap.of(),
            engine);
    Vector hypergradient =
        atSolution.of(DIRECT).plus(mixed.of(MIXED)).plus(adjoint.rest().apply(v));
    StatefulOptimizer outerDescent =
        new StatefulOptimizer(
            name + "/outer", problem.outer().variables(), problem.outer().optimizer());
    Optimizer.State moved = outerDescent.next(hypergradient);
    ImmutableList<Update> beside =
        ImmutableList.<Update>builder()
            .addAll(updates.with(atSolution.of(UPDATES)))
            .addAll(last.map(kept -> Update.of(kept, v)).orElse(ImmutableList.of()))
            .build();
    blame =
        new NonFiniteLocator(
            name,
            hypergradient,
            ImmutableList.<Update>builder()
                .addAll(Update.of(problem.outer().variables(), moved.parameters()))
                .addAll(beside)
                .build(),
            engine);
    outer =
        engine.compile(
            BilevelSolver.ifFinite(
                blame
                    .watching(Step.named(name + "/outer"))
                    .updating(outerDescent.assign(moved))
                    .updating(beside)));
    expected =
        MicroBatches.of(
            name,
            List.of(inner.program(), atSolution.program(), products.program(), mixed.program()));
  }

  @Override
  public ImmutableMap<String, Double> step(List<Feed> microBatches) {
    expected.require(microBatches);
    saved.save();
    try {
      return stepped(microBatches);
    } catch (RuntimeException failure) {
      saved.restore();
      throw failure;
    }
  }

  private ImmutableMap<String, Double> stepped(List<Feed> microBatches) {
    ImmutableMap.Builder<String, Double> report = ImmutableMap.builder();
    begin.ifPresent(program -> program.run(microBatches.get(0).limitedTo(program)));
    for (int t = 0; t < problem.inner().steps(); t++) {
      ImmutableMap<String, Double> terms = inner.over(microBatches);
      Measurements.requireFinite("inner step " + (t + 1), terms);
      move.run();
      report.putAll(t == 0 ? terms : ImmutableMap.of());
    }
    ImmutableMap<String, Double> terms = atSolution.over(microBatches);
    Measurements.requireFinite("inner solution", terms);
    report.putAll(Measurements.of(gradientNorm.run()));
    report.putAll(solve.run(microBatches).measurements());
    report.putAll(terms);
    multiply.run();
    mixed.over(microBatches);
    report.putAll(Measurements.of(outer.run()));
    return blame.checked("outer step", report.buildOrThrow(), Feed.none());
  }
}
