package io.github.bilevel4j.examples.bilevel;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Hypergradient;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/**
 * Ridge regression that learns one penalty {@code exp(l_j)} for each feature from validation data.
 * With {@code H = X^T X / n + diag(exp l)}, in closed form {@code w = H^-1 X^T y / n} and {@code
 * dF/dl = -exp(l) w H^-1 dF/dw}. Half of the features have no influence on y.
 */
public record RidgeRegression(
    Expr x, Expr y, Expr xv, Expr yv, Expr w, Expr l, Hypergradient estimator)
    implements SolvedProblem {
  private static final Shape FEATURES = Shape.of(10, 1);

  /** The problem on 40 training and 400 validation samples drawn from a seed. */
  public static RidgeRegression drawn(long seed, Hypergradient estimator) {
    Draws draws = new Draws(seed);
    Expr truth = Expr.constant(Array.fill(FEATURES, j -> j < 5 ? 1 : 0));
    Expr x = draws.normal(40, 10);
    Expr xv = draws.normal(400, 10);
    Expr y = x.matmul(truth).plus(draws.normal(40, 1));
    Expr yv = xv.matmul(truth).plus(draws.normal(400, 1));
    Expr w = Expr.variable("weights", Array.fill(FEATURES, j -> 0));
    Expr l = Expr.variable("log penalties", Array.fill(FEATURES, j -> 0));
    return new RidgeRegression(x, y, xv, yv, w, l, estimator);
  }

  @Override
  public BilevelProblem problem() {
    Expr penalty = l.exp().dot(w.squared());
    return Bilevel.problem("ridge")
        .inner(Variables.of(w))
        .minimize(Objective.of("fit", fit(x, y, w)).plus("penalty", 0.5, penalty))
        .solvedBy(100, Sgd.rate(0.2).momentum(0.5))
        .outer(Variables.of(l))
        .minimize(Objective.of("validation", fit(xv, yv, w)))
        .steppedBy(Sgd.rate(2))
        .differentiatedBy(estimator);
  }

  private static Expr fit(Expr x, Expr y, Expr w) {
    return x.matmul(w).minus(y).squared().mean().times(0.5);
  }

  private Expr solved(Expr right) {
    Expr h = x.columnGram().dividedBy(x.shape().dim(0)).plus(l.reshape(10).exp().diagonalMatrix());
    return h.positiveDefiniteSolve(right);
  }

  private Expr exactWeights() {
    return solved(x.transposedMatmul(y).dividedBy(x.shape().dim(0)));
  }

  @Override
  public ImmutableMap<String, Expr> exactValues() {
    return ImmutableMap.of("validation", fit(xv, yv, exactWeights()));
  }

  @Override
  public Vector exactHypergradient() {
    Expr best = exactWeights();
    Expr slope = xv.transposedMatmul(xv.matmul(best).minus(yv)).dividedBy(xv.shape().dim(0));
    return Vector.of(ImmutableMap.of(l.name(), l.exp().times(best).times(solved(slope)).negated()));
  }
}
