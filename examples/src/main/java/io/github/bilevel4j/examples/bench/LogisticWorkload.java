package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
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
import io.github.bilevel4j.solver.estimator.FiniteDifferenceAtSolution;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.BiCgStab;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.DirectSolver;
import io.github.bilevel4j.solver.linear.Gmres;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.Minres;
import io.github.bilevel4j.solver.linear.NeumannSeries;
import io.github.bilevel4j.solver.linear.NormalEquations;
import io.github.bilevel4j.solver.linear.ScaledIdentity;
import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * Logistic regression with one regularizer per feature, at the inner minimum w*:
 *
 * <pre>
 * inner   1/n sum_i log(1 + exp(-y_i x_i.w)) + 1/2 sum_j exp(l_j) w_j^2
 * outer   1/m sum_i log(1 + exp(-y_i x_i.w)) on other samples
 * </pre>
 *
 * Minimum and exact hypergradient {@code -e^l w H^-1 b} are computed by Newton's method and a dense
 * solve, from derivatives written out by hand. Steps of gradient descent have the rate {@code 1 /
 * L} with the greatest eigenvalue L of H.
 */
public final class LogisticWorkload implements HypergradientWorkload {
  private static final String W = "w";
  private static final String RATE = "rate";
  private static final String PENALTIES = "log penalties";
  private static final double FLAT = 1e-14;
  private static final int NEWTON_STEPS = 60;
  private static final int POWER_STEPS = 1000;
  private static final double RADIUS = 0.01;
  private static final int SEGMENT = 10;
  private static final int COLUMNS = 10;

  private final LogisticSamples training;
  private final LogisticSamples validation;
  private final Array penalties;

  private LogisticWorkload(int rows, int others, int features) {
    training = LogisticSamples.of(1, 4, rows, features);
    validation = LogisticSamples.of(2, 5, others, features);
    Array uniform = SplitMixArrays.uniform(6, features);
    penalties = Array.fill(uniform.shape(), j -> -5 + 1.5 * uniform.at(j));
  }

  /** The problem with so many samples on either level. */
  public static LogisticWorkload of(int training, int validation, int features) {
    return new LogisticWorkload(training, validation, features);
  }

  @Override
  public String title() {
    return String.format(
        "A: logistic regression, n = %d, m = %d, d = %d",
        training.count(), validation.count(), training.features());
  }

  @Override
  public ImmutableMap<String, Variables> layers() {
    return ImmutableMap.of(
        W,
        Variables.of(Expr.variable(W, penalties)),
        PENALTIES,
        Variables.of(Expr.variable(PENALTIES, penalties)));
  }

  @Override
  public Reference solved() {
    Expr w = Expr.variable(W, Array.fill(penalties.shape(), j -> 0));
    Expr e = Expr.constant(penalties).exp();
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      minimize(w, e, engine);
      Results solved = engine.compile(solution(w, e)).run();
      return new Reference(
          solved.scalar("inner"),
          solved.scalar("outer"),
          ImmutableMap.of(
              W, engine.read(w), RATE, Array.scalar(1 / greatestEigenvalue(solved.get("Hessian")))),
          ImmutableMap.of(PENALTIES, solved.get("hypergradient")));
    }
  }

  private void minimize(Expr w, Expr e, Engine engine) {
    Expr gradient = training.slope(w).plus(e.times(w));
    Expr newton = hessian(w, e).solve(gradient.unsqueezed(1)).reshape(-1);
    Program step =
        engine.compile(
            Step.named("newton")
                .output("gradient", gradient.abs().max())
                .updating(w, w.minus(newton)));
    for (int i = 0; i < NEWTON_STEPS && step.run().scalar("gradient") > FLAT; i++) {}
  }

  private Expr hessian(Expr w, Expr e) {
    return training.curvature(w).plus(e.diagonalMatrix());
  }

  private Step solution(Expr w, Expr e) {
    Expr adjoint = hessian(w, e).solve(validation.slope(w).unsqueezed(1)).reshape(-1);
    return Step.named("solution")
        .output("inner", inner(w, e))
        .output("outer", validation.loss(w))
        .output("Hessian", hessian(w, e))
        .output("hypergradient", e.times(w).times(adjoint).negated());
  }

  private Expr inner(Expr w, Expr e) {
    return training.loss(w).plus(e.times(w.squared()).sum().times(0.5));
  }

  /** By the power method. */
  private static double greatestEigenvalue(Array matrix) {
    int size = matrix.shape().dim(0);
    double[] vector = SplitMixArrays.uniform(7, size).toDoubles();
    double norm = 1;
    for (int k = 0; k < POWER_STEPS; k++) {
      double[] product = new double[size];
      for (int i = 0; i < size; i++) {
        for (int j = 0; j < size; j++) {
          product[i] += matrix.at(i * size + j) * vector[j] / norm;
        }
      }
      vector = product;
      norm = Math.sqrt(Arrays.stream(vector).map(v -> v * v).sum());
    }
    return norm;
  }

  @Override
  public ImmutableList<Candidate> candidates() {
    return ImmutableList.<Candidate>builder()
        .addAll(implicit("CG", k -> ConjugateGradient.steps(k).tolerance(0), 5, 10, 20, 40))
        .addAll(
            atMinimum(
                "CG, one run",
                (k, at) -> Implicit.by(ConjugateGradient.steps(k).tolerance(0)).iterationsPerRun(k),
                5,
                10,
                20))
        .addAll(implicit("MINRES", k -> Minres.steps(k).tolerance(0), 10, 20))
        .addAll(implicit("normal equations", k -> NormalEquations.steps(k).tolerance(0), 10))
        .addAll(implicit("GMRES", k -> Gmres.restart(k).cycles(1).tolerance(0), 10, 20))
        .addAll(implicit("BiCGSTAB", k -> BiCgStab.steps(k).tolerance(0), 5, 10))
        .addAll(
            atMinimum(
                "Neumann",
                (k, at) -> Implicit.by(NeumannSeries.terms(k).stepSize(rate(at))),
                10,
                20,
                100))
        // At the minimum one step of gradient descent leads nowhere, but costs a gradient.
        .addAll(
            Candidate.each(
                "fixed point",
                (k, at) ->
                    problem(at, level -> level.solvedBy(1, descent(at)), FixedPoint.terms(k)),
                20))
        .addAll(
            atMinimum(
                "dense Cholesky",
                (none, at) -> Implicit.by(DirectSolver.cholesky()).iterationsPerRun(COLUMNS),
                0))
        .addAll(
            atMinimum(
                "DARTS at the solution",
                (none, at) -> new FiniteDifferenceAtSolution(RADIUS, 1),
                0))
        .addAll(implicit("identity (T1-T2)", none -> ScaledIdentity.scale(1), 0))
        .addAll(unrolled("unrolled", Unrolled.exact(), 10, 100))
        .addAll(unrolled("unrolled, checkpointed", Unrolled.exact().checkpointed(SEGMENT), 10, 100))
        .build();
  }

  private ImmutableList<Candidate> implicit(
      String name, IntFunction<LinearSolver> solver, int... sizes) {
    return atMinimum(name, (size, at) -> Implicit.by(solver.apply(size)), sizes);
  }

  private ImmutableList<Candidate> atMinimum(
      String name, BiFunction<Integer, Reference, HypergradientEstimator> estimator, int... sizes) {
    return Candidate.each(
        name,
        (size, at) -> problem(at, Bilevel.NeedsInnerSolver::presolved, estimator.apply(size, at)),
        sizes);
  }

  /** From zero on: the error is mostly that of the inner solution. */
  private ImmutableList<Candidate> unrolled(String name, Unrolled estimator, int... steps) {
    Vector zeros = Vector.of(ImmutableMap.of(W, Expr.filled(0, penalties.shape())));
    return Candidate.each(
        name,
        (size, at) ->
            problem(at, level -> level.startingAt(zeros).solvedBy(size, descent(at)), estimator),
        steps);
  }

  private BilevelProblem problem(
      Reference at,
      Function<Bilevel.NeedsInnerSolver, Bilevel.NeedsOuterVariables> solved,
      HypergradientEstimator estimator) {
    Expr w = Expr.variable(W, at.point().get(W));
    Expr l = Expr.variable(PENALTIES, penalties);
    return solved
        .apply(
            Bilevel.problem("logistic")
                .inner(Variables.of(w))
                .minimize(Objective.of("training", inner(w, l.exp()))))
        .outer(Variables.of(l))
        .minimize(Objective.of("validation", validation.loss(w)))
        .steppedBy(Sgd.rate(1))
        .differentiatedBy(estimator);
  }

  private static Sgd descent(Reference at) {
    return Sgd.rate(rate(at));
  }

  private static double rate(Reference at) {
    return at.point().get(RATE).at(0);
  }
}
