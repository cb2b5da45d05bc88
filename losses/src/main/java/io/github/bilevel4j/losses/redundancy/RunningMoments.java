package io.github.bilevel4j.losses.redundancy;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/**
 * The mean and the covariance of the features of one branch, remembered from batch to batch.
 *
 * @param mean {@code [d]}
 * @param covariance {@code [d, d]}
 */
public record RunningMoments(Expr mean, Expr covariance) {

  /**
   * Checks the shapes.
   *
   * @throws IllegalArgumentException if the covariance is not square with the mean's length
   */
  public RunningMoments {
    if (mean.shape().rank() != 1 || !covariance.shape().equals(mean.shape().concat(mean.shape()))) {
      throw UsageError.in("RunningMoments")
          .because("needs a mean [d] and a covariance [d, d]")
          .row("mean", mean.label(), mean.shape().toString())
          .row("covariance", covariance.label(), covariance.shape().toString())
          .maybe("RunningMoments.variables(\"branch\", 64) was meant.");
    }
  }

  /**
   * New variables for features of d dimensions, {@code name/mean} and {@code name/covariance}, that
   * start at zero and at the identity.
   */
  public static RunningMoments variables(String name, int d) {
    Array identity = Array.fill(Shape.of(d, d), i -> i / d == i % d ? 1 : 0);
    return new RunningMoments(
        Expr.variable(name + "/mean", Shape.of(d), Initializer.zeros()),
        Expr.variable(name + "/covariance", identity));
  }

  /**
   * The moments after a batch z {@code [n, d]}. Those before are constants: the gradient is that by
   * the batch alone.
   *
   * <pre>
   * mean       &lt;- a mean + (1 - a) mean(z)
   * covariance &lt;- b covariance + (1 - b) (z - mean)^T (z - mean) / n        with the new mean
   * </pre>
   *
   * @param meanMemory a, the weight of the old mean
   * @param covarianceMemory b, the weight of the old covariance
   */
  RunningMoments after(Expr z, double meanMemory, double covarianceMemory) {
    Expr newMean = mean.detached().times(meanMemory).plus(z.mean(0).times(1 - meanMemory));
    Expr batch = z.minus(newMean).columnGram().dividedBy(z.shape().dim(0));
    return new RunningMoments(
        newMean,
        covariance.detached().times(covarianceMemory).plus(batch.times(1 - covarianceMemory)));
  }

  /** The assignments of other moments to these, which are variables. */
  ImmutableList<Update> updatedTo(RunningMoments next) {
    return ImmutableList.of(
        new Update(mean, next.mean.detached()), new Update(covariance, next.covariance.detached()));
  }
}
