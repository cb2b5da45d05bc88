package io.github.bilevel4j.autodiff;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;

/** A random smooth network with two layers that acts on each row by itself. */
record Network(Expr w1, Expr b1, Expr w2) {

  static Network random(long seed, int in, int hidden, int out) {
    Draws draws = Draws.seed(seed);
    return new Network(
        Expr.variable("w1", draws.normal(in, hidden)),
        Expr.variable("b1", draws.normal(hidden)),
        Expr.variable("w2", draws.normal(hidden, out)));
  }

  Vector parameters() {
    return Vector.of(ImmutableMap.of("w1", w1, "b1", b1, "w2", w2));
  }

  /** {@code tanh(x w1 + b1) w2}, {@code [n, in] -> [n, out]}. */
  Expr of(Expr x) {
    return x.matmul(w1).plus(b1).tanh().matmul(w2);
  }

  /** A scalar that is not linear in the output. */
  Expr loss(Expr x) {
    return of(x).logSumExp(1).mean();
  }
}
