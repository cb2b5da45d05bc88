package io.github.bilevel4j.eval;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.problem.SingleLevelProblem;

/**
 * What places of a feature map tell of objects, and how it is learned: the mean cross-entropy over
 * all places that count plus the mean squared error of the boxes at places in objects, by Adam at a
 * rate that falls from 0.01 to zero along a cosine.
 *
 * @param logits {@code [n, classes + 1]}, those of the background first
 * @param boxes four numbers for each class, {@code [n, classes, 4]}
 */
public record DensePrediction(Expr logits, Expr boxes) {
  private static final double RATE = 0.01;

  /**
   * The problem of a batch of places.
   *
   * @param parameters what tells
   * @param labels {@code [n]}, 0 for the background and -1 for places that do not count
   * @param wanted the boxes of the places' objects, {@code [n, 4]}
   * @param steps in which the rate reaches zero
   */
  public SingleLevelProblem problem(Variables parameters, Expr labels, Expr wanted, int steps) {
    int classes = boxes.shape().dim(1);
    // oneHot takes classes alone; what it says of places that do not count is left out of the mean.
    Expr labeled = labels.maximum(0).oneHot(classes + 1);
    Expr likelihood = labeled.times(logits.logSoftmax(-1)).sum(-1);
    Expr errors = boxes.minus(wanted.unsqueezed(1)).squared().sum(-1);
    Expr error = labeled.slice(-1, 1, classes + 1).times(errors).sum(-1);
    return SingleLevel.problem("dense probe")
        .over(parameters)
        .minimize(
            Objective.of("cross-entropy", mean(likelihood.negated(), labels.greaterThan(-0.5)))
                .plus("box error", mean(error, labels.greaterThan(0.5))))
        .steppedBy(Adam.rate(Schedule.cosine(RATE, 0, steps)));
  }

  /** Over the rows that count. */
  private static Expr mean(Expr rows, Expr counted) {
    return rows.times(counted).sum().dividedBy(counted.sum().maximum(1));
  }
}
