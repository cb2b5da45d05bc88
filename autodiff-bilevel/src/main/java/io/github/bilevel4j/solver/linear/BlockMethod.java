package io.github.bilevel4j.solver.linear;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;

/**
 * A method whose next directions are known beforehand, so that several iterations are one batch of
 * products. They are those of {@link #next(LinearSystem, Iterate)} but for rounding.
 */
interface BlockMethod extends LinearSolver {

  /**
   * Some iterations.
   *
   * @param end the iterate after the last of them
   * @param measured what each of them measured
   */
  record Block(Iterate end, ImmutableList<ImmutableMap<String, Expr>> measured) {}

  /** The next {@code count} iterations. */
  Block next(LinearSystem system, Iterate now, int count);

  @Override
  default Iterate next(LinearSystem system, Iterate now) {
    Block one = next(system, now, 1);
    return new Iterate(one.end().vectors(), one.measured().get(0));
  }

  @Override
  default boolean usesGuess() {
    return false;
  }
}
