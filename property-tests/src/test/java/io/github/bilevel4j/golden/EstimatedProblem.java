package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A golden problem whose inner solution and hypergradient are known, to be differentiated with too
 * few iterations or after too few inner steps.
 *
 * @param phi the inner variables
 * @param solution their golden values
 * @param theta the outer variables
 * @param fromTheta whether the inner steps start at the outer variables, else at the first values
 * @param rate of inner gradient descent
 * @param outerValues the values of the outer variables
 * @param hypergradient the exact one
 */
record EstimatedProblem(
    String name,
    Variables phi,
    ImmutableMap<String, Array> solution,
    Variables theta,
    Objective inner,
    Objective outer,
    boolean fromTheta,
    double rate,
    ImmutableMap<String, Array> outerValues,
    Array hypergradient) {

  static final ImmutableList<String> FILES =
      ImmutableList.of(
          "bilevel/ridge_log_lambda",
          "bilevel/logistic_l2",
          "bilevel/quadratic_quadratic",
          "bilevel/imaml_mlp");

  static Stream<EstimatedProblem> of(GoldenCase golden) {
    return switch (golden.file()) {
      case "bilevel/ridge_log_lambda" -> Stream.of(regularized(golden, false));
      case "bilevel/logistic_l2" -> Stream.of(regularized(golden, true));
      case "bilevel/quadratic_quadratic" ->
          golden.expectedBelow("points").stream().map(point -> quadratic(golden, point));
      default -> Stream.of(imaml(golden));
    };
  }

  /** The iterations of the linear solver to be tried at the solution: 1 to 20, or so. */
  int[] iterations() {
    return name.startsWith("imaml")
        ? new int[] {1, 2, 5, 10}
        : IntStream.of(1, 2, 4, 7, 10, 20).filter(k -> k < phi.dimension()).toArray();
  }

  /** The inner steps to be tried. */
  int[] innerSteps() {
    return new int[] {1, 10, 80};
  }

  /** With so many iterations at the inner solution. */
  BilevelProblem atSolution(int iterations) {
    return differentiated(
        Bilevel.problem("estimated").inner(phi).minimize(inner).presolved(), iterations);
  }

  /** After so many steps of inner gradient descent, with so many iterations. */
  BilevelProblem after(int steps, int iterations) {
    Bilevel.NeedsInnerSolver level = Bilevel.problem("estimated").inner(phi).minimize(inner);
    return differentiated(
        (fromTheta ? level.startingAt(theta) : level.startingAt(phi.copy("start")))
            .solvedBy(steps, Sgd.rate(rate)),
        iterations);
  }

  private BilevelProblem differentiated(Bilevel.NeedsOuterVariables level, int iterations) {
    return level
        .outer(theta)
        .minimize(outer)
        .steppedBy(Sgd.rate(1))
        .differentiatedBy(Implicit.by(ConjugateGradient.steps(iterations)).errorEstimated(true));
  }

  /** Puts the variables of both levels at their golden values. */
  void place(Engine engine) {
    engine.write(phi, solution);
    engine.write(theta, outerValues);
  }

  /** The relative error of a hypergradient. */
  double error(ImmutableMap<String, Array> computed) {
    double[] flat = Spectrum.flat(computed).toDoubles();
    double squares = 0;
    for (int i = 0; i < flat.length; i++) {
      squares += Math.pow(flat[i] - hypergradient.at(i), 2);
    }
    return Math.sqrt(squares / DoubleStream.of(hypergradient.toDoubles()).map(x -> x * x).sum());
  }

  private static EstimatedProblem regularized(GoldenCase golden, boolean logistic) {
    Array logLambda = Array.vector(golden.numbers("log_lambda"));
    Expr w = Expr.variable("w", logLambda.shape(), Initializer.zeros());
    Expr x = Expr.variable("log lambda", logLambda);
    return new EstimatedProblem(
        golden.name(),
        Variables.of(w),
        ImmutableMap.of("w", golden.expected().get("w_star")),
        Variables.of(x),
        Objective.of("training", loss(golden, w, "train", logistic))
            .plus("penalty", 0.5, x.exp().dot(w.squared())),
        Objective.of("validation", loss(golden, w, "val", logistic))
            .plus("size", golden.numberOrZero("rho") / 2, x.squared().sum()),
        false,
        1 / golden.expected().get("hessian_eig_max").scalarValue(),
        ImmutableMap.of("log lambda", logLambda),
        golden.expected().get("hypergradient"));
  }

  private static Expr loss(GoldenCase golden, Expr w, String part, boolean logistic) {
    Expr prediction = golden.constant("X_" + part).matmul(w.unsqueezed(-1)).reshape(-1);
    Expr target = golden.constant("y_" + part);
    return logistic
        ? prediction.times(target).negated().softplus().mean()
        : prediction.minus(target).squared().mean().times(0.5);
  }

  private static EstimatedProblem quadratic(GoldenCase golden, String point) {
    Expr x = Expr.variable("x", Shape.of(golden.integer("dx")), Initializer.zeros());
    Expr y = Expr.variable("y", Shape.of(golden.integer("dy")), Initializer.zeros());
    String path = "points/" + point + "/";
    return new EstimatedProblem(
        golden.name() + " point " + point,
        Variables.of(y),
        ImmutableMap.of("y", golden.expected().get(path + "y_star")),
        Variables.of(x),
        Objective.of("inner", form(golden, x, y, "A", "B", "C", "a", "b")),
        Objective.of("outer", form(golden, x, y, "F", "H", "K", "f", "h")),
        false,
        1,
        ImmutableMap.of("x", golden.expected().get(path + "x")),
        golden.expected().get(path + "hypergradient"));
  }

  private static Expr form(GoldenCase golden, Expr x, Expr y, String... names) {
    return bilinear(golden, y, names[0], y)
        .plus(bilinear(golden, x, names[1], x))
        .times(0.5)
        .plus(bilinear(golden, x, names[2], y))
        .plus(golden.constant(names[3]).dot(y))
        .plus(golden.constant(names[4]).dot(x));
  }

  private static Expr bilinear(GoldenCase golden, Expr left, String matrix, Expr right) {
    return golden.constant(matrix).matmul(right.unsqueezed(-1)).reshape(-1).dot(left);
  }

  private static EstimatedProblem imaml(GoldenCase golden) {
    Regression regression = Regression.of(golden);
    ImmutableMap.Builder<String, Array> solution = ImmutableMap.builder();
    ImmutableMap.Builder<String, Array> start = ImmutableMap.builder();
    for (String name : regression.theta().names()) {
      solution.put(name, golden.expected().get("phi_star/" + name));
      start.put(name, golden.input(name));
    }
    Expr distance = regression.phi().vector().minus(regression.theta().vector()).squaredNorm();
    return new EstimatedProblem(
        golden.name(),
        regression.phi(),
        solution.buildOrThrow(),
        regression.theta(),
        Objective.of("training", regression.loss(regression.phi(), "train"))
            .plus("near", golden.number("lambda") / 2, distance),
        Objective.of("validation", regression.loss(regression.phi(), "val")),
        true,
        1 / (1.5 * golden.expected().get("hessian_eig_max").scalarValue()),
        start.buildOrThrow(),
        golden.expected().get("meta_gradient_flat"));
  }
}
