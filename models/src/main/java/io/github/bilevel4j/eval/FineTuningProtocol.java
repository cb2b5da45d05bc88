package io.github.bilevel4j.eval;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.losses.classification.SoftmaxCrossEntropy;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.problem.SingleLevelProblem;

/**
 * How encoder and classifier are fine-tuned: mean cross-entropy, by stochastic gradients with
 * momentum 0.9 and without weight decay, each at a rate of its own that falls to zero along a
 * cosine.
 *
 * @param encoderRate the first rate of the encoder
 * @param classifierRate the first rate of the classifier
 */
public record FineTuningProtocol(double encoderRate, double classifierRate) {
  /** The rates of arXiv 2410.00772 for 1 % of ImageNet's labels. */
  public static final FineTuningProtocol ONE_PERCENT = new FineTuningProtocol(1e-4, 1);

  /** The rates of arXiv 2410.00772 for 10 % of ImageNet's labels. */
  public static final FineTuningProtocol TEN_PERCENT = new FineTuningProtocol(0.01, 0.1);

  private static final double MOMENTUM = 0.9;

  /**
   * Checks the rates.
   *
   * @throws IllegalArgumentException if that of the encoder is negative, or that of the classifier
   *     not positive
   */
  public FineTuningProtocol {
    Require.in("fine-tuning")
        .notNegative("rate of the encoder", encoderRate)
        .positive("rate of the classifier", classifierRate);
  }

  /**
   * The problem of a batch.
   *
   * @param encoder the parameters of the encoder
   * @param classifier those of the classifier
   * @param logits {@code [n, classes]}
   * @param labels class indices {@code [n]}
   * @param steps in which the rates reach zero
   */
  public SingleLevelProblem problem(
      Variables encoder, Variables classifier, Expr logits, Expr labels, int steps) {
    return SingleLevel.problem("finetune")
        .over(encoder.and(classifier))
        .minimize(Objective.of("cross-entropy", SoftmaxCrossEntropy.of(logits, labels)))
        .steppedBy(
            sgd(encoderRate, steps)
                .exceptFor("classifier", classifier.names()::contains, sgd(classifierRate, steps)));
  }

  private static Optimizer sgd(double rate, int steps) {
    return Sgd.rate(Schedule.cosine(rate, 0, steps)).momentum(MOMENTUM);
  }
}
