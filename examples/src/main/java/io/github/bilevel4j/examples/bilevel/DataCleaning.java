package io.github.bilevel4j.examples.bilevel;

import io.github.bilevel4j.examples.bilevel.CleaningData.Part;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.losses.classification.SoftmaxCrossEntropy;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Shape;

/**
 * Data hyper-cleaning (Franceschi et al., 2017): learns a weight for each training sample so that
 * the classifier trained with them does well on validation samples; wrong labels get small ones.
 *
 * <pre>
 * inner: w*(a) = argmin sum_i p_i L(w, x_i, y_i) / sum_i p_i + penalty / 2 |w|^2,   p = sigmoid(a)
 * outer: F(a)  = mean L(w*(a), x', y')
 * </pre>
 *
 * with the cross-entropy L of a linear softmax classifier: the inner problem is strongly convex.
 */
public record DataCleaning(CleaningData data, Variables w, Expr a) {
  private static final double PENALTY = 1e-4;

  /** The problem with equal weights to begin with. */
  public static DataCleaning of(CleaningData data) {
    Shape shape = Shape.of(data.train().x().shape().dim(1), data.train().classes());
    Expr weight = Expr.variable("weight", shape, Initializer.zeros());
    Expr bias = Expr.variable("bias", shape.sub(1, 2), Initializer.zeros());
    Expr a = Expr.variable("sample scores", data.right().shape(), Initializer.zeros());
    return new DataCleaning(data, Variables.of(weight, bias), a);
  }

  /** The problem with so many inner steps, 30 to solve it, and an estimator. */
  public BilevelProblem problem(int steps, HypergradientEstimator estimator) {
    Part held = data.validation();
    return Bilevel.problem("cleaning")
        .inner(w)
        .minimize(training())
        .solvedBy(steps, optimizer())
        .outer(Variables.of(a))
        .minimize(
            Objective.of("validation loss", SoftmaxCrossEntropy.of(logits(held), held.labels())))
        .steppedBy(Adam.rate(0.3))
        .differentiatedBy(estimator);
  }

  /** The inner objective. */
  Objective training() {
    Expr p = a.sigmoid();
    Expr share = p.dividedBy(p.mean()).unsqueezed(1);
    Expr targets = data.train().labels().oneHot(data.train().classes()).times(share);
    return Objective.of("training loss", SoftmaxCrossEntropy.of(logits(data.train()), targets))
        .plus("penalty", PENALTY / 2, w.vector().squaredNorm());
  }

  /** The inner optimizer. */
  Optimizer optimizer() {
    return Sgd.rate(4).momentum(0.9);
  }

  /** The classifier's output {@code [n, classes]}. */
  Expr logits(Part part) {
    double width = Math.sqrt(part.x().shape().dim(1));
    return part.x().matmul(w.get("weight")).dividedBy(width).plus(w.get("bias"));
  }
}
