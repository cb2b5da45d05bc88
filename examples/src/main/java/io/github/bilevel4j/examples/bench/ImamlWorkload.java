package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.FiniteDifferenceAtSolution;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.NeumannSeries;
import io.github.bilevel4j.solver.linear.ScaledIdentity;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * One task of implicit MAML (Rajeswaran et al., 2019) on a convolutional network, at the point phi
 * that ten inner steps from theta reach:
 *
 * <pre>
 * inner   CE(phi; training batch) + lambda/2 ||phi - theta||^2,   lambda = 2
 * outer   CE(phi; validation batch)
 * </pre>
 *
 * The network is {@link SmallNetwork}, the reference conjugate gradients to convergence in float64.
 */
public final class ImamlWorkload implements HypergradientWorkload {
  private static final String PHI = "phi";
  private static final String BEFORE = "before";
  private static final double LAMBDA = 2;
  private static final double RATE = 0.1;
  private static final int INNER_STEPS = 10;
  private static final int REFERENCE_ITERATIONS = 60;
  private static final double RADIUS = 0.01;

  private final LabeledImagesInput training;
  private final LabeledImagesInput validation;
  private final Variables theta = SmallNetwork.weights();

  private ImamlWorkload(int batch, int side) {
    training = LabeledImagesInput.of(201, batch, side);
    validation = LabeledImagesInput.of(203, batch, side);
  }

  /** The problem with batches of so many images of a side. */
  public static ImamlWorkload of(int batch, int side) {
    return new ImamlWorkload(batch, side);
  }

  @Override
  public String title() {
    return String.format(
        "B: iMAML, convolutional network of %d weights, batches of %d images of %d x %d",
        theta.dimension(), training.count(), training.side(), training.side());
  }

  @Override
  public ImmutableMap<String, Variables> layers() {
    return SmallNetwork.layers(theta);
  }

  @Override
  public Reference solved() {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Variables phi = theta.copy(PHI);
      Program descend = engine.compile(descent(phi));
      for (int t = 1; t < INNER_STEPS; t++) {
        descend.run();
      }
      ImmutableMap.Builder<String, Array> point = ImmutableMap.builder();
      engine.read(phi).forEach((name, value) -> point.put(BEFORE + name, value));
      descend.run();
      engine.read(phi).forEach((name, value) -> point.put(PHI + name, value));
      Results values = engine.compile(values(phi)).run();
      Implicit exact = Implicit.by(ConjugateGradient.steps(REFERENCE_ITERATIONS).tolerance(1e-12));
      return new Reference(
          values.scalar("inner"),
          values.scalar("outer"),
          point.buildOrThrow(),
          BilevelSolver.of(problem(phi, Bilevel.NeedsInnerSolver::presolved, exact), engine)
              .hypergradient(Feed.none()));
    }
  }

  private Step descent(Variables phi) {
    Vector gradient = Derivatives.gradient(inner(phi), phi.vector());
    return Step.named("descend").updating(Update.of(phi, phi.vector().minus(gradient.times(RATE))));
  }

  private Step values(Variables phi) {
    return Step.named("values")
        .output("inner", inner(phi))
        .output("outer", validation.loss(phi.vector()));
  }

  private Expr inner(Variables phi) {
    Expr distance = phi.vector().minus(theta.vector()).squaredNorm();
    return training.loss(phi.vector()).plus(distance.times(LAMBDA / 2));
  }

  @Override
  public ImmutableList<Candidate> candidates() {
    ImmutableList<Candidate> cg =
        atPhi("CG", k -> Implicit.by(ConjugateGradient.steps(k).tolerance(0)), 5, 10);
    return ImmutableList.<Candidate>builder()
        .addAll(cg)
        .addAll(cg.stream().map(one -> one.in(Precision.MIXED)).toList())
        .addAll(atPhi("Neumann", k -> Implicit.by(NeumannSeries.terms(k).stepSize(RATE)), 5, 20))
        .addAll(Candidate.each("fixed point", this::fixedPoint, 5, 20))
        .addAll(
            atPhi("DARTS at the solution", none -> new FiniteDifferenceAtSolution(RADIUS, 1), 0))
        .addAll(atPhi("identity (T1-T2)", none -> Implicit.by(ScaledIdentity.scale(1)), 0))
        .addAll(fromTheta("unrolled", Unrolled.exact(), 1, 5, 16))
        .addAll(fromTheta("unrolled, checkpointed", Unrolled.exact().checkpointed(1), 16, 32))
        .build();
  }

  /** With the last of the steps that lead to phi. */
  private BilevelProblem fixedPoint(int terms, Reference at) {
    Variables before = variables(at, BEFORE);
    return problem(
        variables(at, PHI),
        level -> level.startingAt(before).solvedBy(1, Sgd.rate(RATE)),
        FixedPoint.terms(terms));
  }

  /**
   * Starts where theta is now; the derivative does not follow the starting point. It is compared
   * with the exact one at phi, where ten steps end.
   */
  private ImmutableList<Candidate> fromTheta(String name, Unrolled estimator, int... steps) {
    return Candidate.each(
        name,
        (size, at) ->
            problem(
                theta.copy(PHI),
                level -> level.startingAt(theta.vector().detached()).solvedBy(size, Sgd.rate(RATE)),
                estimator),
        steps);
  }

  private ImmutableList<Candidate> atPhi(
      String name, IntFunction<HypergradientEstimator> estimator, int... sizes) {
    return Candidate.each(
        name,
        (size, at) ->
            problem(variables(at, PHI), Bilevel.NeedsInnerSolver::presolved, estimator.apply(size)),
        sizes);
  }

  private BilevelProblem problem(
      Variables phi,
      Function<Bilevel.NeedsInnerSolver, Bilevel.NeedsOuterVariables> solved,
      HypergradientEstimator estimator) {
    return solved
        .apply(
            Bilevel.problem("iMAML")
                .inner(phi)
                .minimize(Objective.of("training", training.loss(phi.vector())))
                .near(theta, LAMBDA))
        .outer(theta)
        .minimize(Objective.of("validation", validation.loss(phi.vector())))
        .steppedBy(Sgd.rate(1))
        .differentiatedBy(estimator);
  }

  /** Variables at the point, which are named like those of theta. */
  private Variables variables(Reference at, String prefix) {
    List<Expr> leaves =
        theta.leaves().keySet().stream()
            .map(name -> Expr.variable(name, at.point().get(prefix + name)))
            .toList();
    return Variables.of(leaves).copy(prefix);
  }
}
