package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;

/**
 * Regression by a perceptron with one hidden layer, {@code tanh(X W1 + b1) W2 + b2}, where a
 * sample's loss is half the squared error. The parameters are {@code theta}, and {@code phi} their
 * copy on the inner level.
 */
record Regression(GoldenCase golden, Variables theta, Variables phi) {

  static Regression of(GoldenCase golden) {
    Variables theta =
        Variables.of(
            ImmutableList.of("W1", "b1", "W2", "b2").stream().map(golden::variable).toList());
    golden
        .requires("input", theta.get("W1").shape().dim(0))
        .requires("hidden", theta.get("W1").shape().dim(1))
        .requires("output", theta.get("W2").shape().dim(1));
    return new Regression(golden, theta, theta.copy("phi"));
  }

  /** The mean loss of some parameters over the part {@code train} or {@code val}. */
  Expr loss(Variables parameters, String part) {
    return losses(parameters, part).mean();
  }

  /** The loss of some parameters on each sample of a part. */
  Expr losses(Variables parameters, String part) {
    Expr hidden =
        golden.constant("X_" + part).matmul(parameters.get("W1")).plus(parameters.get("b1")).tanh();
    Expr prediction = hidden.matmul(parameters.get("W2")).plus(parameters.get("b2"));
    return prediction.minus(golden.constant("Y_" + part)).squared().sum(-1).times(0.5);
  }
}
