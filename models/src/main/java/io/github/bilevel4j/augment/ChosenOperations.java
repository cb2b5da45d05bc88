package io.github.bilevel4j.augment;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;

/**
 * The operation of each image, all {@code [n]}.
 *
 * @param numbers of the {@link Operation}s
 * @param applied 1 where the operation is applied, else 0
 * @param strengths in [0, 30]
 * @param signs 1 or -1, the direction of operations that have two
 */
record ChosenOperations(Expr numbers, Expr applied, Expr strengths, Expr signs) {

  /** A draw. */
  static ChosenOperations drawn(RandAugment augmentation, RandomKey randomness) {
    int n = augmentation.strengths().shape().dim(0);
    int count = Operation.values().length;
    return new ChosenOperations(
        randomness.foldIn("operation").uniform(n).times(count).floor(),
        randomness.foldIn("applied").uniform(n).lessThan(augmentation.probabilities()),
        augmentation.strengths(),
        randomness.foldIn("sign").bernoulli(0.5, n).times(2).minus(1));
  }

  /** 1 where an operation is applied, else 0. */
  Expr isApplied(Operation operation) {
    return numbers.equalTo(Expr.constant(operation.number())).times(applied);
  }

  /** 1 where an operation is applied that changes values, else 0. */
  Expr changesValues() {
    return numbers.atLeast(Operation.FIRST_OF_VALUES.number()).times(applied);
  }

  /** The value of an operation where it is applied, a number elsewhere. */
  Expr valueOr(double elsewhere, Operation operation) {
    return isApplied(operation).where(operation.value(strengths), Expr.constant(elsewhere));
  }

  /** The same with a random sign. */
  Expr signedValueOrZero(Operation operation) {
    return valueOr(0, operation).times(signs);
  }

  /** An operation's table of values where it is applied, another one elsewhere. */
  Expr tableOr(Expr elsewhere, Operation operation, Expr table) {
    return isApplied(operation).reshape(-1, 1).where(table, elsewhere);
  }

  /** The value of an operation for each row of a table, {@code [n, 1]}. */
  Expr column(Operation operation) {
    return operation.value(strengths).reshape(-1, 1);
  }
}
