package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.Map;

/** Two quadratic objectives: hypergradients at points, and the optimum. */
class QuadraticGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "bilevel/quadratic_quadratic";
  }

  @Override
  public Tolerances tolerances() {
    return Tolerances.standard().except("value_hessian_eig_min", 1e-12);
  }

  @Override
  public ImmutableMap<String, String> notUsed() {
    return ImmutableMap.of("mu_inner", "is part of the matrix A");
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    Quadratic quadratic = new Quadratic(golden, engine);
    for (String point : golden.expectedBelow("points")) {
      String path = "points/" + point + "/";
      Array x = golden.expected().get(path + "x");
      ImmutableMap<String, Array> hypergradient = quadratic.hypergradient(x);
      computed
          .put(path + "x", x)
          .put(path + "hypergradient", hypergradient.get("x"))
          .put(path + "adjoint", Perturbation.adjoint(hypergradient))
          .put(path + "y_star", engine.read(quadratic.y))
          .put(path + "outer_value", quadratic.outerValue());
    }
    putOptimum(quadratic, computed);
  }

  /** The outer problem is quadratic in x: one Newton step from zero ends at its optimum. */
  private static void putOptimum(Quadratic quadratic, Computed computed) {
    int dimension = quadratic.x.shape().dim(0);
    Array zero = Array.fill(Shape.of(dimension), i -> 0);
    Array slope = quadratic.hypergradient(zero).get("x");
    double[][] curvature = new double[dimension][];
    for (int i = 0; i < dimension; i++) {
      int column = i;
      Array unit = Array.fill(zero.shape(), j -> j == column ? 1 : 0);
      Array there = quadratic.hypergradient(unit).get("x");
      curvature[i] = Array.fill(zero.shape(), j -> there.at(j) - slope.at(j)).toDoubles();
    }
    Expr step =
        Expr.constant(Array.matrix(curvature))
            .positiveDefiniteSolve(Expr.constant(slope).unsqueezed(-1))
            .reshape(dimension)
            .negated();
    Array optimum = Evaluation.of(step);
    quadratic.hypergradient(optimum);
    Spectrum outer = Spectrum.of(curvature);
    Measure measure = Measure.whole().within("optimum_rel");
    computed
        .put("x_opt", optimum, measure)
        .put("y_opt", quadratic.engine.read(quadratic.y), measure)
        .put("value_opt", Array.scalar(quadratic.outerValue()), measure)
        .put("inner_hessian_cond", quadratic.spectrum.condition())
        .put("value_hessian_eig_min", outer.smallest())
        .put("value_hessian_eig_max", outer.largest());
  }

  /** The problem of a case, compiled on an engine. */
  private static final class Quadratic {
    private final GoldenCase golden;
    private final Engine engine;
    private final Expr x;
    private final Expr y;
    private final Spectrum spectrum;
    private final BilevelSolver solver;

    Quadratic(GoldenCase golden, Engine engine) {
      this.golden = golden;
      this.engine = engine;
      this.x = Expr.variable("x", Shape.of(golden.integer("dx")), Initializer.zeros());
      this.y = Expr.variable("y", Shape.of(golden.integer("dy")), Initializer.zeros());
      this.spectrum = Spectrum.of(inner().total(), Variables.of(y), engine);
      this.solver = BilevelSolver.of(problem(), engine);
    }

    private Objective inner() {
      return Objective.of("inner", form("A", "B", "C", "a", "b"));
    }

    private Objective outer() {
      return Objective.of("outer", form("F", "H", "K", "f", "h"));
    }

    /** {@code 1/2 y'Ay + 1/2 x'Bx + x'Cy + a'y + b'x}. */
    private Expr form(String yy, String xx, String xy, String inY, String inX) {
      return bilinear(y, yy, y)
          .plus(bilinear(x, xx, x))
          .times(0.5)
          .plus(bilinear(x, xy, y))
          .plus(golden.constant(inY).dot(y))
          .plus(golden.constant(inX).dot(x));
    }

    private Expr bilinear(Expr left, String matrix, Expr right) {
      return golden.constant(matrix).matmul(right.unsqueezed(-1)).reshape(-1).dot(left);
    }

    private BilevelProblem problem() {
      Variables inner = Variables.of(y);
      Perturbation perturbation = Perturbation.of(inner);
      return Bilevel.problem("quadratic")
          .inner(inner)
          .minimize(inner().plus("perturbation", perturbation.term()))
          .solvedBy(spectrum.steps(), spectrum.heavyBall())
          .outer(Variables.of(x).and(perturbation.shift()))
          .minimize(outer())
          .steppedBy(Sgd.rate(1))
          .differentiatedBy(
              Implicit.by(ConjugateGradient.steps(10 * y.shape().dim(0)).tolerance(1e-16)));
    }

    ImmutableMap<String, Array> hypergradient(Array point) {
      engine.write(Map.of(x, point));
      return solver.hypergradient(Feed.none());
    }

    double outerValue() {
      return Evaluation.on(engine, outer().values()).get("outer").scalarValue();
    }
  }
}
