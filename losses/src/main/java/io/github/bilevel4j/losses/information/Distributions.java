package io.github.bilevel4j.losses.information;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Shape;

/** Discrete distributions along the last axis. */
final class Distributions {
  private Distributions() {}

  static void requireOutcomes(String operation, String role, Expr distribution) {
    if (distribution.shape().isScalar()) {
      throw UsageError.in(operation)
          .because("a distribution needs an axis of outcomes, got a scalar")
          .row(role, distribution.label(), distribution.shape().toString())
          .maybe("a sum() or mean() should be dropped.");
    }
  }

  static void requireSameShape(String operation, Expr p, Expr q) {
    requireOutcomes(operation, "p", p);
    requireOutcomes(operation, "q", q);
    if (!p.shape().equals(q.shape())) {
      throw UsageError.in(operation)
          .because("the distributions differ in shape")
          .row("p", p.label(), p.shape().toString())
          .row("q", q.label(), q.shape().toString())
          .maybe("they are densities over different batches.");
    }
  }

  static Expr uniform(Shape shape) {
    return Expr.filled(1.0 / shape.dim(-1), shape);
  }

  static Expr uniformLog(Shape shape) {
    return Expr.filled(-Math.log(shape.dim(-1)), shape);
  }
}
