package io.github.bilevel4j.losses.state;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.losses.Operands;

/**
 * An exponential moving average of variables, {@code t <- tau t + (1 - tau) theta}: the target
 * network of BYOL, the teacher of ReSSL, the key encoder of MoCo. It starts at the first values of
 * the variables and has the same keys; nothing is differentiated through it. Running statistics of
 * batch normalization are not averaged by published programs: give it the parameters alone.
 *
 * <p>All updates of a step happen at once, from the values before it. With {@code tau_k} of step k,
 * the two published orders are
 *
 * <ul>
 *   <li>average, then forward pass (MoCo, ReSSL): the target network computes with {@code
 *       moved(tau_k)};
 *   <li>optimizer, then average (BYOL, MEC): it computes with {@code moved(tau_{k-1})}, for the
 *       average after step k - 1 is the one before the forward pass of step k. At the first step,
 *       average and variables are equal and tau does not count.
 * </ul>
 *
 * <p>In both, the updates of the step are those of the same tau:
 *
 * <pre>{@code
 * MovingAverage average = MovingAverage.of(encoder.parameters());
 * Encoder target = encoder.with(average.updated(tau));
 * problem.updating(average.updates(tau));
 * }</pre>
 *
 * <p>A usual tau rises from 0.99 or 0.996 to 1 along a cosine, {@code 1 - (1 - tau_0) (cos(pi k /
 * K) + 1) / 2}: {@code Schedule.cosine(tau0, 1, steps).at(k)}.
 *
 * <p>Source: Tarvainen, Valpola, "Mean teachers are better role models", 2017; Grill et al.,
 * "Bootstrap your own latent" (BYOL), 2020.
 */
public final class MovingAverage {
  private final Variables averaged;
  private final Variables average;

  private MovingAverage(Variables averaged, Variables average) {
    this.averaged = averaged;
    this.average = average;
  }

  /** The average of variables, beginning at their first values. */
  public static MovingAverage of(Variables variables) {
    return new MovingAverage(variables, variables.copy("average"));
  }

  /** The average as it was before the step, under the keys of what is averaged. */
  public Variables variables() {
    return average;
  }

  /**
   * {@code tau t + (1 - tau) theta}, the average moved on by this step, a constant.
   *
   * @throws IllegalArgumentException if tau is not in [0, 1]
   */
  public Vector updated(double tau) {
    Require.in("moving average").probability("tau", tau);
    return updated(Expr.constant(tau));
  }

  /**
   * As {@link #updated(double)} for an expression.
   *
   * @throws IllegalArgumentException if tau is not a scalar
   */
  public Vector updated(Expr tau) {
    Operands.requireScalar("moving average", "tau", tau);
    Vector way = averaged.vector().minus(average.vector());
    return average.vector().plus(way.times(tau.negated().plus(1))).detached();
  }

  /**
   * The updates {@code t <- moved(tau)}.
   *
   * @throws IllegalArgumentException if tau is not in [0, 1]
   */
  public ImmutableList<Update> updates(double tau) {
    return Update.of(average, updated(tau));
  }

  /**
   * As {@link #updates(double)} for an expression.
   *
   * @throws IllegalArgumentException if tau is not a scalar
   */
  public ImmutableList<Update> updates(Expr tau) {
    return Update.of(average, updated(tau));
  }

  /**
   * The updates {@code t <- theta}: the average begins anew at the variables' present values, for
   * instance after weights were read from a file.
   */
  public ImmutableList<Update> reset() {
    return Update.of(average, averaged.vector());
  }
}
