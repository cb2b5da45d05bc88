package io.github.bilevel4j.optimizer;

import io.github.bilevel4j.check.Require;

/** A learning rate with its printed form. */
record Rate(Schedule schedule, String text) {

  static Rate constant(String optimizer, double rate) {
    Require.in(optimizer).positive("rate", rate);
    return new Rate(Schedule.constant(rate), "rate " + rate);
  }

  static Rate of(Schedule schedule) {
    return new Rate(
        schedule,
        schedule instanceof NamedSchedule named ? "rate " + named.text() : "scheduled rate");
  }

  @Override
  public String toString() {
    return text;
  }
}
