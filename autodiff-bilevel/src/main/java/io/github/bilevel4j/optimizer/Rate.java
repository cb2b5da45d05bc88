package io.github.bilevel4j.optimizer;

/** A learning rate with its printed form. */
record Rate(Schedule schedule, String text) {

  static Rate constant(String optimizer, double rate) {
    Ranges.positive(optimizer, "rate", rate);
    return new Rate(Schedule.constant(rate), "rate " + rate);
  }

  static Rate of(Schedule schedule) {
    return new Rate(schedule, "scheduled rate");
  }

  @Override
  public String toString() {
    return text;
  }
}
