package io.github.bilevel4j.examples.bilevel;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Shape;

/**
 * Meta-learning with implicit gradients (iMAML, Rajeswaran et al., 2019): the parameters theta from
 * which a network learns new tasks best, each from a few points and without going far,
 *
 * <pre>
 * inner: phi_k*(theta) = argmin L(phi_k; points of task k) + lambda / 2 |phi_k - theta|^2
 * outer: F(theta)      = mean over tasks of L(phi_k*(theta); other points of task k)
 * </pre>
 *
 * where L is the mean squared error of a perceptron with two hidden layers of 40 units. The tasks
 * of a batch have parameters of their own, stacked along a first axis.
 */
public record ImplicitMaml(SinusoidTasks tasks, Variables theta, Variables phi) {
  private static final double LAMBDA = 5;

  /** The problem for so many tasks at a time with so many points each. */
  public static ImplicitMaml of(int tasks, int shots, long seed) {
    Scope scope = Scope.seed(seed);
    Variables theta =
        layer(scope, 1, 1, 40).and(layer(scope, 2, 40, 40)).and(layer(scope, 3, 40, 1));
    Variables phi = Variables.zerosLike("phi", theta.vector().map(v -> v.tiled(tasks)));
    return new ImplicitMaml(SinusoidTasks.batch(tasks, shots), theta, phi);
  }

  private static Variables layer(Scope scope, int number, int inputs, int outputs) {
    double bound = Math.sqrt(3.0 / inputs);
    return Variables.of(
        scope.drawn(
            "weight" + number, Shape.of(1, inputs, outputs), s -> Initializer.uniform(bound, s)),
        scope.variable("bias" + number, Shape.of(1, 1, outputs), Initializer.zeros()));
  }

  /** The problem for so many outer steps, with an estimator. */
  public BilevelProblem problem(int outerSteps, HypergradientEstimator estimator) {
    Vector start = start();
    return Bilevel.problem("imaml")
        .inner(phi)
        .minimize(Objective.of("task error", error(phi.vector(), tasks.x(), tasks.y()).sum()))
        .near(start, LAMBDA)
        .startingAt(start)
        .solvedBy(40, Sgd.rate(0.002).momentum(0.9))
        .outer(theta)
        .minimize(Objective.of("query error", queryError(phi.vector())))
        .steppedBy(Adam.rate(Schedule.cosine(3e-3, 0, outerSteps)))
        .differentiatedBy(estimator);
  }

  /** Where the tasks start: theta, once for each. */
  Vector start() {
    return theta.vector().map(v -> v.tiled(tasks.x().shape().dim(0)));
  }

  /** The mean squared error on the other points, a scalar. */
  Expr queryError(Vector at) {
    return error(at, tasks.queryX(), tasks.queryY()).mean();
  }

  /** The mean squared error of each task. */
  private static Expr error(Vector at, Expr x, Expr y) {
    Expr hidden = layer(at, 2, layer(at, 1, x).tanh()).tanh();
    return layer(at, 3, hidden).minus(y).squared().mean(1, 2);
  }

  private static Expr layer(Vector at, int number, Expr x) {
    return x.matmul(at.get("weight" + number)).plus(at.get("bias" + number));
  }
}
