package io.github.bilevel4j.optimizer;

import io.github.bilevel4j.expr.Expr;

/** A schedule that printouts call by its numbers. */
record NamedSchedule(Schedule schedule, String text) implements Schedule {
  @Override
  public Expr at(Expr step) {
    return schedule.at(step);
  }
}
