package io.github.bilevel4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The README's code that stands in no other test. */
class ReadmeCodeTest {

  @Test
  void expressions() {
    Expr z1 = Expr.input("z1", 256, 128);
    Expr z2 = Expr.input("z2", 256, 128);
    Expr u = Expr.concat(0, z1, z2).normalized(-1);
    Expr similarity = u.rowGram().dividedBy(0.5);
    assertThat(similarity.shape()).isEqualTo(Shape.of(512, 512));
  }

  @Test
  void ridge() {
    Expr x = Expr.constant(Array.matrix(new double[][] {{1, 0}, {0, 1}, {1, 1}}));
    Expr y = Expr.constant(Array.matrix(new double[][] {{1}, {0}, {1.5}}));
    Variables w = Variables.of(Expr.variable("w", Array.vector(0, 0)));
    Variables logLambda = Variables.of(Expr.variable("log lambda", Array.scalar(0)));
    Expr fit = x.matmul(w.get("w").unsqueezed(1)).minus(y).squared().mean();
    Expr validation = w.get("w").sum().minus(0.8).squared();
    Expr penalty = w.vector().squaredNorm().times(logLambda.get("log lambda").exp());

    BilevelProblem problem =
        Bilevel.problem("ridge")
            .inner(w)
            .minimize(Objective.of("fit", fit).plus("penalty", 0.5, penalty))
            .solvedBy(100, Sgd.rate(0.1))
            .outer(logLambda)
            .minimize(Objective.of("validation", validation))
            .steppedBy(Adam.rate(0.1))
            .differentiatedBy(Implicit.by(ConjugateGradient.steps(10)));

    List<Double> course = new ArrayList<>();
    try (Engine engine = TensorFlowEngine.open(Device.auto(), Precision.FLOAT64)) {
      BilevelSolver solver = BilevelSolver.of(problem, engine);
      for (int step = 0; step < 100; step++) {
        course.add(solver.step(Feed.none()).get("outer/validation"));
      }
    }
    // A penalty exists at which the two weights sum to 0.8: without any they sum to more.
    assertThat(course.get(0)).isGreaterThan(1e-3);
    assertThat(course.get(99)).isLessThan(1e-6);
  }

  @Test
  void threeLevels() {
    Variables x = Variables.of(Expr.variable("x", Array.scalar(1)));
    Variables y = Variables.of(Expr.variable("y", Array.scalar(0)));
    Variables z = Variables.of(Expr.variable("z", Array.scalar(0)));
    Expr ez = z.get("z");
    Expr ey = y.get("y");
    Expr ex = x.get("x");
    Objective h = Objective.of("h", ez.minus(ey.plus(ex)).squared());
    Objective g = Objective.of("g", ey.minus(ez.times(0.5)).squared());
    Objective f = Objective.of("f", ey.minus(3).squared());
    BilevelProblem problem =
        Bilevel.problem("three levels")
            .inner(z)
            .minimize(h)
            .solvedBy(5, Sgd.rate(0.1))
            .under(y)
            .minimize(g)
            .solvedBy(20, Sgd.rate(0.1))
            .outer(x)
            .minimize(f)
            .steppedBy(Adam.rate(0.01))
            .differentiatedBy(Unrolled.exact());
    try (Engine engine = TensorFlowEngine.open(Device.auto(), Precision.FLOAT64)) {
      BilevelSolver solver = BilevelSolver.of(problem, engine);
      double first = solver.step(Feed.none()).get("outer/f");
      double second = solver.step(Feed.none()).get("outer/f");
      assertThat(second).isLessThan(first);
    }
  }
}
