package io.github.bilevel4j.solver.step.internal;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;

/** The unit roundoff: half the distance from 1 to the next number. */
public final class UnitRoundoff {
  private UnitRoundoff() {}

  /** {@code 2^-53} of an engine that computes in binary64, {@code 2^-24} in binary32. */
  public static double of(Engine engine) {
    return Math.scalb(1.0, engine.precision() == Precision.FLOAT64 ? -53 : -24);
  }
}
