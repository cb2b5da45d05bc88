package io.github.bilevel4j.losses.redundancy;

import io.github.bilevel4j.expr.Expr;

/** Positions in ascending order. */
final class Ranks {
  private Ranks() {}

  /**
   * How many elements along the last axis come before each one in ascending order, of equal ones
   * those at lower positions: a permutation of {@code 0..n-1}, in the shape of the values. Compares
   * all pairs.
   */
  static Expr of(Expr values) {
    Expr own = values.unsqueezed(-1);
    Expr others = values.unsqueezed(-2);
    Expr less = others.lessThan(own);
    Expr equal = others.equalTo(own).times(earlier(values.shape().dim(-1)));
    return less.plus(equal).sum(-1);
  }

  /** How many marks (ones among zeros) stand before each position along the last axis. */
  static Expr marksBefore(Expr marks) {
    return marks.unsqueezed(-2).times(earlier(marks.shape().dim(-1))).sum(-1);
  }

  /** Row i is 1 at the positions before i, {@code [n, n]}. */
  private static Expr earlier(int n) {
    Expr positions = Expr.range(n);
    return positions.lessThan(positions.unsqueezed(1));
  }
}
