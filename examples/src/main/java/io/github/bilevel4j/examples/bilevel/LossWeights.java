package io.github.bilevel4j.examples.bilevel;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/**
 * Learns the weights of a loss with four terms: instruments whose noise has variance {@code v =
 * 1/4, 1/2, 1, 2} measure the same vectors, {@code y_k = X_k w + sqrt(v_k) noise}.
 *
 * <pre>
 * inner: w*(a) = argmin sum_k p_k |X_k w - y_k|^2,   p = softmax(a)
 * outer: F(a)  = mean |w*(a) - w|^2                  over 300 vectors w that are known
 * </pre>
 *
 * By the theorem of Gauss and Markov the mean over all noise is least for {@code p_k = 1 / v_k} up
 * to a factor, {@code a = -log v} (Aitken, 1935); that over the noise drawn, near it.
 */
public final class LossWeights {
  private static final Expr VARIANCES = Expr.constant(Array.vector(0.25, 0.5, 1, 2));

  /** Row i is measured by instrument i modulo 4. */
  private static final Expr ROWS = Expr.constant(Array.fill(Shape.of(80), i -> i % 4));

  private static final double RATE = 0.02;

  private LossWeights() {}

  /** The problem with everything drawn from a seed. */
  public static SolvedProblem drawn(long seed) {
    Draws draws = new Draws(seed);
    Expr truth = draws.normal(5, 300);
    Expr x = draws.normal(80, 5);
    Expr noise = draws.normal(80, 300).times(VARIANCES.sqrt().gather(ROWS).unsqueezed(1));
    Expr y = x.matmul(truth).plus(noise);
    Expr w = Expr.variable("vectors", Array.fill(truth.shape(), i -> 0));
    Expr a = Expr.variable("log weights", Array.fill(Shape.of(4), k -> 0));

    Expr weights = a.softmax(0).gather(ROWS).unsqueezed(1);
    Expr weighted = weights.times(x);
    Expr best = x.transposedMatmul(weighted).positiveDefiniteSolve(weighted.transposedMatmul(y));
    Expr error = weights.times(x.matmul(w).minus(y).squared()).sum();
    return SolvedProblem.of(
            RATE,
            100,
            (steps, estimator) ->
                Bilevel.problem("weights")
                    .inner(Variables.of(w))
                    .minimize(Objective.of("weighted error", error))
                    .solvedBy(steps, Sgd.rate(RATE))
                    .outer(Variables.of(a))
                    .minimize(Objective.of("error", w.minus(truth).squared().sum(0).mean()))
                    .steppedBy(Sgd.rate(10))
                    .differentiatedBy(estimator),
            w,
            best)
        // With mean zero, which the steps keep.
        .solvedAt(a, VARIANCES.log().negated().centered(0));
  }
}
