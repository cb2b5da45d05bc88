package io.github.bilevel4j.laws;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import java.util.HashMap;
import java.util.Map;

/**
 * A problem whose data are inputs, so that it is compiled once for all draws:
 *
 * <pre>
 * G(y, x) = 1/2 y'Ay + x'Cy + a'y       F(y, x) = 1/2 y'By + x'Ky + f'y + 1/2 |x|^2
 * y* = -A^-1 (C'x + a)                  dF/dx = x + K y* - C A^-1 (B y* + K'x + f)
 * </pre>
 */
final class QuadraticProblem {
  /** Number of inner variables. */
  static final int INNER = 5;

  private static final int OUTER = 3;

  private final Expr x = Expr.variable("x", Shape.of(OUTER), Initializer.zeros());
  private final Expr y = Expr.variable("y", Shape.of(INNER), Initializer.zeros());
  private final ImmutableMap<String, Expr> data =
      ImmutableMap.<String, Expr>builder()
          .put("A", Expr.input("A", INNER, INNER))
          .put("B", Expr.input("B", INNER, INNER))
          .put("C", Expr.input("C", OUTER, INNER))
          .put("K", Expr.input("K", OUTER, INNER))
          .put("a", Expr.input("a", INNER))
          .put("f", Expr.input("f", INNER))
          .buildOrThrow();
  private final Engine engine = Evaluation.open(Precision.FLOAT64);

  /** Data of a case: matrices and vectors by the names of the formula, and the outer point x. */
  record Data(ImmutableMap<String, Array> arrays, Array x) {

    /** Normal numbers, with A of eigenvalues between one and three. */
    static Data draw(Draws draws) {
      return new Data(
          ImmutableMap.<String, Array>builder()
              .put("A", draws.symmetric(1, 3, INNER))
              .put("B", draws.symmetric(-1, 1, INNER))
              .put("C", draws.normal(OUTER, INNER))
              .put("K", draws.normal(OUTER, INNER))
              .put("a", draws.normal(INNER))
              .put("f", draws.normal(INNER))
              .buildOrThrow(),
          draws.normal(OUTER));
    }

    /** With a number added to the diagonal of A. */
    Data plusDiagonal(double number) {
      Array a = arrays.get("A");
      Array shifted = Array.fill(a.shape(), i -> a.at(i) + (i % (INNER + 1) == 0 ? number : 0));
      return new Data(
          ImmutableMap.<String, Array>builder().putAll(arrays).put("A", shifted).buildKeepingLast(),
          x);
    }
  }

  /** The problem solved by so many steps of gradient descent from zero. */
  BilevelSolver solver(int steps, HypergradientEstimator estimator) {
    Variables start = Variables.of(Expr.variable("y", y.shape(), Initializer.zeros()));
    return solver(started().startingAt(start), steps, estimator);
  }

  /** The problem solved by one step of gradient descent from where the last solve ended. */
  BilevelSolver warmSolver(HypergradientEstimator estimator) {
    return solver(started(), 1, estimator);
  }

  private Bilevel.NeedsInnerSolver started() {
    return Bilevel.problem("quadratic").inner(Variables.of(y)).minimize(inner());
  }

  private BilevelSolver solver(
      Bilevel.NeedsInnerSolver started, int steps, HypergradientEstimator estimator) {
    BilevelProblem problem =
        started
            .solvedBy(steps, Sgd.rate(0.5))
            .outer(Variables.of(x))
            .minimize(outer())
            .steppedBy(Sgd.rate(1))
            .differentiatedBy(estimator);
    return BilevelSolver.of(problem, engine);
  }

  private Objective inner() {
    return Objective.of("quadratic", times("A", y).dot(y).times(0.5))
        .plus("mixed", times("C", y).dot(x))
        .plus("linear", data.get("a").dot(y));
  }

  private Objective outer() {
    return Objective.of("quadratic", times("B", y).dot(y).times(0.5))
        .plus("mixed", times("K", y).dot(x))
        .plus("linear", data.get("f").dot(y))
        .plus("size", 0.5, x.squared().sum());
  }

  private Expr times(String matrix, Expr vector) {
    return data.get(matrix).matmul(vector.unsqueezed(-1)).reshape(-1);
  }

  /** The hypergradient of a solver. */
  Array hypergradient(BilevelSolver solver, Data given) {
    engine.write(Map.of(x, given.x()));
    return solver.hypergradient(feed(given)).get("x");
  }

  /** What a solver reports of a step, which moves the outer variables. */
  ImmutableMap<String, Double> report(BilevelSolver solver, Data given) {
    engine.write(Map.of(x, given.x()));
    return solver.step(feed(given));
  }

  private Feed feed(Data given) {
    Feed feed = Feed.none();
    for (Map.Entry<String, Expr> input : data.entrySet()) {
      feed = feed.and(input.getValue(), given.arrays().get(input.getKey()));
    }
    return feed;
  }

  /** The hypergradient's closed form. */
  static Array closedForm(Data given) {
    Map<String, Expr> d = new HashMap<>();
    given.arrays().forEach((name, array) -> d.put(name, column(array)));
    Expr point = column(given.x());
    Expr solution =
        d.get("A")
            .positiveDefiniteSolve(d.get("C").transposedMatmul(point).plus(d.get("a")))
            .negated();
    Expr slope =
        d.get("B").matmul(solution).plus(d.get("K").transposedMatmul(point)).plus(d.get("f"));
    Expr adjoint = d.get("A").positiveDefiniteSolve(slope);
    return Evaluation.of(point.plus(d.get("K").matmul(solution)).minus(d.get("C").matmul(adjoint)));
  }

  private static Expr column(Array array) {
    Expr constant = Expr.constant(array);
    return array.shape().rank() == 1 ? constant.unsqueezed(-1) : constant;
  }
}
