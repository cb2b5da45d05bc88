package io.github.bilevel4j.optimizer;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import java.util.Arrays;

/**
 * A number that depends on the step, counted from zero: a learning rate, a momentum, a weight. It
 * is an expression, so that it changes without recompiling.
 */
@FunctionalInterface
public interface Schedule {

  /** The value at a step, a scalar. */
  Expr at(Expr step);

  /** The same value at every step. */
  static Schedule constant(double value) {
    return step -> Expr.constant(value);
  }

  /** From one value to another in equal differences, and the latter from then on. */
  static Schedule linear(double from, double to, int steps) {
    requireSteps("linear schedule", steps);
    return new NamedSchedule(
        step -> progress(step, steps).times(to - from).plus(from),
        "from " + from + " to " + to + " in " + steps + " steps");
  }

  /**
   * From one value to another along half a cosine wave, {@code to + (from - to) (1 + cos(pi t / T))
   * / 2}, and the latter from then on (SGDR, Loshchilov and Hutter, 2017).
   */
  static Schedule cosine(double from, double to, int steps) {
    requireSteps("cosine schedule", steps);
    return new NamedSchedule(
        step -> progress(step, steps).times(Math.PI).cos().plus(1).times((from - to) / 2).plus(to),
        "from " + from + " to " + to + " along a cosine in " + steps + " steps");
  }

  /** From one value to another in equal ratios, and the latter from then on. */
  static Schedule exponential(double from, double to, int steps) {
    requireSteps("exponential schedule", steps);
    return new NamedSchedule(
        step -> progress(step, steps).times(Math.log(to / from)).exp().times(from),
        "from " + from + " to " + to + " in equal ratios in " + steps + " steps");
  }

  /**
   * A linear rise from zero to a value, then half a cosine wave from there to zero, in {@code
   * steps} altogether.
   */
  static Schedule warmupCosine(double value, int warmupSteps, int steps) {
    if (warmupSteps == 0) {
      return cosine(value, 0, steps);
    }
    return new NamedSchedule(
        linear(0, value, warmupSteps).then(warmupSteps, cosine(value, 0, steps - warmupSteps)),
        "up to " + value + " in " + warmupSteps + " of " + steps + " steps");
  }

  /**
   * Step decay: a value that is multiplied by a factor at each of some steps, {@code value
   * factor^(number of those steps that are t or before)}. Without any it is constant.
   *
   * @throws UsageError if the factor is not positive and finite, or the steps are not in ascending
   *     order, the first one 1 or later
   */
  static Schedule stepDecay(double value, double factor, int... steps) {
    requireDrops(factor, steps);
    int[] drops = steps.clone();
    return step ->
        Arrays.stream(drops)
            .mapToObj(drop -> step.lessThan(drop).where(Expr.constant(1), Expr.constant(factor)))
            .reduce(Expr.constant(value), Expr::times);
  }

  /** This one for {@code steps} steps, then another one that counts from there. */
  default Schedule then(int steps, Schedule next) {
    return step -> step.lessThan(steps).where(at(step), next.at(step.minus(steps).maximum(0)));
  }

  /** This one multiplied by a number. */
  default Schedule times(double factor) {
    return step -> at(step).times(factor);
  }

  /** The product of this one and another one. */
  default Schedule times(Schedule other) {
    return step -> at(step).times(other.at(step));
  }

  private static Expr progress(Expr step, int steps) {
    return step.dividedBy(steps).minimum(1);
  }

  private static void requireDrops(double factor, int... steps) {
    Require.in("step decay").positive("factor", factor);
    for (int i = 0; i < steps.length; i++) {
      if (steps[i] <= (i == 0 ? 0 : steps[i - 1])) {
        throw UsageError.in("step decay")
            .because(
                "the steps are not positive and in ascending order, %s", Arrays.toString(steps))
            .maybe("they were counted from the end of the run.");
      }
    }
  }

  private static void requireSteps(String name, int steps) {
    Require.in(name).atLeast(1, "number of steps", steps);
  }
}
